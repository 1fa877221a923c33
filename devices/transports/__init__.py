"""The implementations behind `devices.transport.TRANSPORTS`; each is imported when an address names it."""
