"""ES256 signatures of stations' digests (W11): JWS compact (RFC 7515) under the key of the newest birth."""

import base64
import binascii
import json
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from protocols.venue.presence import Jwk

#: r and s of P-256, 32 bytes each (RFC 7518, 3.4).
_HALF: Final = 32
_PARTS: Final = 3


def signed_payload(jws: str, key: Jwk) -> Any:
    """Return the JSON value that `jws` signs with `key`, or None when the signature or its form is not right."""
    parts = jws.split(".")
    try:
        header, payload, signature = (_decode(part) for part in parts)
        if len(parts) != _PARTS or json.loads(header).get("alg") != "ES256" or len(signature) != 2 * _HALF:
            return None
        x, y = (int.from_bytes(_decode(number)) for number in (key.x, key.y))
        public = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
        r, s = int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:])
        public.verify(encode_dss_signature(r, s), f"{parts[0]}.{parts[1]}".encode(), ECDSA(SHA256()))
        return json.loads(payload)
    except (ValueError, AttributeError, binascii.Error, InvalidSignature):
        return None


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
