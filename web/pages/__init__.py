"""Pages of core, one package an area; they register themselves by ROUTES and MENU."""
