"""What sees: a process of its own that turns a camera's pictures into answers; only words leave it (ADR 44)."""
