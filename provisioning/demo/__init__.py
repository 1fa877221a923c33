"""One venue day, told by the real programs."""
