"""Device wire formats: bytes in, typed values out."""
