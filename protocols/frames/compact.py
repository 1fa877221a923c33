"""JSON as devices send and take it: no spaces, characters as they are, UTF-8."""

import json
from collections.abc import Mapping
from typing import Any


def to_json(document: Mapping[str, Any]) -> bytes:
    """Return a document as bytes."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
