"""What is done with requests: asked, reviewed jointly, decided, put into a new version of the list."""
