"""Scripts that drive the classes of other products, each run by the interpreter of its own environment."""
