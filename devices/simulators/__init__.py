"""Simulated devices that ship."""
