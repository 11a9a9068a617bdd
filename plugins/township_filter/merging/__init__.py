"""Which matters ask for the same: proposed to whoever dispatches, merged by core when he says so."""
