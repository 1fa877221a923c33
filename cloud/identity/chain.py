"""How audit rows hang together: each hash covers its row and the hash before; the head is under a MAC. Pure."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

#: The hash before the first row.
GENESIS: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as the chain covers it; `details` is the stored JSON text."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    result: str
    reason: str
    details: str
    request: str
    address: str

    def hashed(self, before: str) -> str:
        """Return the SHA-256 of this row after the one whose hash is `before`."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        words = [self.number, at, self.actor, self.action, self.subject, self.result, self.reason, self.details,
                 self.request, self.address]  # fmt: skip
        text = json.dumps(words, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def head_mac(key: bytes, number: int, row_hash: str, anchor_number: int, anchor_hash: str) -> str:
    """Return the MAC of a head: without the secret nobody can say that a shorter or another chain is whole."""
    text = f"{number}\n{row_hash}\n{anchor_number}\n{anchor_hash}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def details_text(details: Mapping[str, object]) -> str:
    """Return details as they are stored."""
    return json.dumps(dict(details), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def clean(text: str, limit: int) -> str:
    """Return `text` as both databases keep it: no control characters, no half characters, at most `limit`."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(character if character.isprintable() else "?" for character in whole)[:limit]
