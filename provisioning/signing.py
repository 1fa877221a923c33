"""Signing what screens show (D24): flattened JWS with Ed25519 (RFC 7515, RFC 8037); only the core does it.

The cloud's content key is derived from its secret file, so that there is nothing more to back up.
"""

import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from protocols.venue.content import Envelope, Manifest
from provisioning.trust import CONTENT_KEY_ID, KEY_BYTES, encode_base64url


def content_key(secret: bytes) -> Ed25519PrivateKey:
    """Return the content-signing key that belongs to a cloud's secret."""
    derived = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=b"yizhan " + CONTENT_KEY_ID.encode())
    return Ed25519PrivateKey.from_private_bytes(derived.derive(secret))


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public half as the site file writes it (`[trust] content_keys`)."""
    return encode_base64url(key.public_key().public_bytes_raw())


def sign_manifest(manifest: Manifest, key: Ed25519PrivateKey, key_id: str = CONTENT_KEY_ID) -> Envelope:
    """Return the manifest in its signed envelope."""
    return sign_bytes(manifest.to_bytes(), key, key_id)


def sign_bytes(manifest: bytes, key: Ed25519PrivateKey, key_id: str = CONTENT_KEY_ID) -> Envelope:
    """Return a manifest that is written already in its signed envelope."""
    header = json.dumps({"alg": "EdDSA", "kid": key_id}, separators=(",", ":"))
    protected, payload = encode_base64url(header.encode()), encode_base64url(manifest)
    signature = key.sign(f"{protected}.{payload}".encode())
    return Envelope(protected=protected, payload=payload, signature=encode_base64url(signature))
