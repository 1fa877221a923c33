"""Believing what screens show (D24): flattened JWS with Ed25519 (RFC 7515, RFC 8037).

The agent verifies with libsodium: the general library that signs costs 6 MB of the 60 MB an agent may have.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Final

from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from protocols.errors import DocumentError
from protocols.venue.content import Envelope, Manifest
from protocols.venue.strict_json import load_object
from provisioning.errors import TrustError

#: The id of the key that signs content.
CONTENT_KEY_ID: Final = "content-1"
KEY_BYTES: Final = 32


def open_envelope(envelope: Envelope, keys: Mapping[str, str]) -> Manifest:
    """Return the manifest if one of `keys` (id -> base64url) signed it; else TrustError `signature` or `schema`."""
    try:
        header = load_object(_decode(envelope.protected))
        key = VerifyKey(_decode(keys[header["kid"]]))
        if header.get("alg") != "EdDSA":
            raise TrustError("signature", f"algorithm {header.get('alg')!r} is not EdDSA")
        key.verify(f"{envelope.protected}.{envelope.payload}".encode(), _decode(envelope.signature))
    except KeyError as error:
        raise TrustError("signature", f"no trusted key {error}; known: {sorted(keys)}") from error
    except (CryptoError, ValueError, TypeError, DocumentError) as error:
        raise TrustError("signature", "the signature does not verify") from error
    try:
        return Manifest.from_bytes(_decode(envelope.payload))
    except (DocumentError, ValueError) as error:
        raise TrustError("schema", str(error)) from error


def encode_base64url(raw: bytes) -> str:
    """Return base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64url: {error}") from error
