"""One person's record: what is in it, and how it is sealed."""

import hashlib
import hmac
import json
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from edge.errors import GalleryDamaged
from edge.faces.terms import MAX_FRAMES, Check

_NONCE: Final = 12
_HEAD: Final = struct.Struct(">HHH")
MAX_RECORD_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of an enrolled person; `rows` are his turned frames and, last, their mean: (n, dimension)."""

    person: str
    model: str
    consent: str
    check: Check
    rows: NDArray[np.float32]

    def confirms(self, answer: str) -> bool:
        """Return whether an answer is the one given at the enrolment; takes as long for a wrong one.

        The digits of the phone; the birthday, of which there are 366 only, where no phone was given.
        """
        known = self.check.phone4 or self.check.birthday
        return bool(known) and hmac.compare_digest(known.encode(), answer.encode())


def with_mean(frames: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return frames and, last, the direction of their mean."""
    rows = np.stack(frames).astype(np.float32)
    mean = rows.mean(axis=0)
    return np.vstack([rows, mean / np.linalg.norm(mean)])


def seal(key: bytes, place: bytes, record: Record) -> bytes:
    """Return a record as bytes that only the key opens: nonce, then AES-256-GCM; `place` is bound to it."""
    words = {"person": record.person, "model": record.model, "consent": record.consent,
             "phone4": record.check.phone4, "birthday": record.check.birthday}  # fmt: skip
    head = json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()
    plain = _HEAD.pack(len(head), *record.rows.shape) + head + record.rows.astype("<f4").tobytes()
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, place)


def unseal(key: bytes, place: bytes, sealed: bytes) -> Record:
    """Return the record; GalleryDamaged when the bytes are not what was sealed there with this key."""
    try:
        plain = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], place)
    except (InvalidTag, ValueError) as error:
        raise GalleryDamaged(
            "the gallery of faces was changed, or it is another station's: put its own file and key back, or remove "
            "the file and let people enrol again"
        ) from error
    size, count, dimension = _HEAD.unpack_from(plain)
    start = _HEAD.size + size
    words = json.loads(plain[_HEAD.size : start])
    rows = np.frombuffer(plain, "<f4", count * dimension, start).reshape(count, dimension).astype(np.float32)
    check = Check(words["phone4"], words["birthday"])
    return Record(words["person"], words["model"], words["consent"], check, rows)


def place_of(key: bytes, person: str) -> bytes:
    """Return under what a person's record lies: a keyed hash, so that the file names nobody."""
    return hmac.new(key, b"place\0" + person.encode(), hashlib.sha256).digest()


assert MAX_FRAMES + 1 < 1 << 16  # noqa: S101 - rows are counted in two bytes
