"""What is done with seals: keeping the list of them, and each use from its request to its filing."""
