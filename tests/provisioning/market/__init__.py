"""The generated market."""
