"""Wire formats of devices, one file each: bytes in, typed values out. No I/O."""
