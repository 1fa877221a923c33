"""Signatures over what screens show (D24): flattened JWS with Ed25519 (RFC 7515, RFC 8037).

The cloud's content key is derived from its secret file, so that there is nothing more to back up.
"""

import base64
import binascii
import json
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from protocols.errors import DocumentError
from protocols.venue.content import Envelope, Manifest
from protocols.venue.strict_json import load_object
from provisioning.errors import TrustError

#: The id of the key that signs content.
CONTENT_KEY_ID = "content-1"
_KEY_BYTES = 32


def content_key(secret: bytes) -> Ed25519PrivateKey:
    """Return the content-signing key that belongs to a cloud's secret."""
    derived = HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=b"yizhan " + CONTENT_KEY_ID.encode())
    return Ed25519PrivateKey.from_private_bytes(derived.derive(secret))


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public half as the site file writes it (`[trust] content_keys`)."""
    return _encode(key.public_key().public_bytes_raw())


def sign_manifest(manifest: Manifest, key: Ed25519PrivateKey, key_id: str = CONTENT_KEY_ID) -> Envelope:
    """Return the manifest in its signed envelope."""
    header = json.dumps({"alg": "EdDSA", "kid": key_id}, separators=(",", ":"))
    protected, payload = _encode(header.encode()), _encode(manifest.to_bytes())
    signature = key.sign(f"{protected}.{payload}".encode())
    return Envelope(protected=protected, payload=payload, signature=_encode(signature))


def open_envelope(envelope: Envelope, keys: Mapping[str, str]) -> Manifest:
    """Return the manifest if one of `keys` (id -> base64url) signed it; else TrustError `signature` or `schema`."""
    try:
        header = load_object(_decode(envelope.protected))
        key = Ed25519PublicKey.from_public_bytes(_decode(keys[header["kid"]]))
        if header.get("alg") != "EdDSA":
            raise TrustError("signature", f"algorithm {header.get('alg')!r} is not EdDSA")
        key.verify(_decode(envelope.signature), f"{envelope.protected}.{envelope.payload}".encode())
    except KeyError as error:
        raise TrustError("signature", f"no trusted key {error}; known: {sorted(keys)}") from error
    except (InvalidSignature, ValueError, TypeError, DocumentError) as error:
        raise TrustError("signature", "the signature does not verify") from error
    try:
        return Manifest.from_bytes(_decode(envelope.payload))
    except (DocumentError, ValueError) as error:
        raise TrustError("schema", str(error)) from error


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64url: {error}") from error
