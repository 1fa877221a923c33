"""The edge agent of one station."""
