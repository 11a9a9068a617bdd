"""Figures with floors: how fast the product is, related to what the same machine does at least at this moment."""
