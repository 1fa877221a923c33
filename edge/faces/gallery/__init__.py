"""The people of one station by their faces: sealed on the disk, rotated in memory, searched exactly (ADR 45)."""
