"""The conformance suite borrows the fixtures of the side that a test is about."""

from tests.cloud.conftest import broker, clock, core, database, database_url, running, settings

__all__ = ["broker", "clock", "core", "database", "database_url", "running", "settings"]
