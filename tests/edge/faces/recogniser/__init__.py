"""The recogniser: its pure parts one by one, and the process with the built pack before a film."""
