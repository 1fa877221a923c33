"""What the core says of itself: one JSON object per line on stderr, with the id of the request, without personal data.

Nobody logs personal data on purpose; what slips in with the text of an error - numbers of identity cards and mobile
phones - is masked before it is written.
"""

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, Literal

Form = Literal["json", "text"]

#: The request that is being answered; empty outside of requests.
REQUEST: Final[ContextVar[str]] = ContextVar("request", default="")

_TEXT: Final = "%(asctime)s [%(process)d] %(levelname)s %(name)s: %(message)s"
#: Resident identity number (GB 11643): 17 digits and a check character. Mobile number: 11 digits.
_PERSONAL: Final = re.compile(r"(?<![0-9A-Za-z])(?:[1-9]\d{16}[\dXx]|1[3-9]\d{9})(?![0-9A-Za-z])", re.ASCII)
#: Members of a record that a caller added with `extra=`.
_OWN: Final = ("method", "path", "status", "ms", "by")


def set_up_logging(level: str, form: Form) -> None:
    """Have everything that is logged written to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Text(_TEXT))
    logging.basicConfig(level=level, handlers=[handler], force=True)


def mask(text: str) -> str:
    """Return the text with stars instead of what looks like the number of an identity card or a mobile phone."""
    return _PERSONAL.sub(lambda found: found[0][:3] + "*" * (len(found[0]) - 3), text)


class Text(logging.Formatter):
    """Lines for people; masked."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return mask(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object per line; masked."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "text": mask(record.getMessage()),
        }
        if request := REQUEST.get():
            line["request"] = request
        for name in _OWN:
            if hasattr(record, name):
                value = getattr(record, name)
                line[name] = mask(value) if isinstance(value, str) else value
        if record.exc_info:
            line["trace"] = mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
