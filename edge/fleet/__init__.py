"""Many stations in one process: the real outbox, session and uplink of each, without devices and pages."""
