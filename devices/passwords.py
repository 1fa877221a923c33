"""Passwords of devices: in files that only the agent can read, named by an address, never in what is shown."""

from pathlib import Path
from typing import Final

from devices.errors import ConfigurationError

#: A password, with the end of its line.
MAX_BYTES: Final = 1_024


def read_password(path: str, option: str = "password_file") -> str:
    """Return the password in a file; a ConfigurationError names the option that leads to it."""
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{option}: {error}") from error
