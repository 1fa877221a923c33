"""The agent's own pages, on the loopback address only: the wall, the status, the metrics."""
