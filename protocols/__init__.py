"""The shared language of edge and cloud: pure functions and values, no I/O, no clock, no configuration."""
