"""Occupation coding."""
