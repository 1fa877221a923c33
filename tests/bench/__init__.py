"""Figures, printed as tables; never timed tests."""
