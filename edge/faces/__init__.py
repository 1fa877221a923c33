"""Faces at the station: a process that sees, a sealed gallery, and the agent's door to both (ADR 45)."""
