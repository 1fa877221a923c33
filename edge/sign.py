"""Signs for the agent in a process of its own, so that the agent need not carry the library: `python -m edge.sign`.

`key DIR` prints the device's public key as a JWK, making the key first if there is none; `sign DIR STATION` prints the
JWS (compact, ES256) of what comes on standard input. The private key never leaves `DIR/device_key.pem` (0600).
"""

import base64
import json
import os
import sys
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from edge.errors import StateDamaged
from edge.statefile import sync_folder

KEY_FILE: Final = "device_key.pem"
#: Bytes of a coordinate, and of each half of a signature, on P-256.
_SIZE: Final = 32
MAX_PAYLOAD_BYTES: Final = 64 * 1024


def jwk_of(key: EllipticCurvePrivateKey) -> dict[str, str]:
    """Return the public key (RFC 7517)."""
    numbers = key.public_key().public_numbers()
    x, y = (_encode(number.to_bytes(_SIZE)) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def sign(key: EllipticCurvePrivateKey, station: str, payload: bytes) -> str:
    """Return the compact JWS of a payload (RFC 7515, RFC 7518 3.4)."""
    header = json.dumps({"alg": "ES256", "kid": station}, separators=(",", ":")).encode()
    signed = f"{_encode(header)}.{_encode(payload)}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(SHA256())))
    return f"{signed}.{_encode(r.to_bytes(_SIZE) + s.to_bytes(_SIZE))}"


def load_key(folder: Path) -> EllipticCurvePrivateKey:
    """Return the device's key, making it first if there is none."""
    path = folder / KEY_FILE
    if not path.exists():
        _make_key(path)
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise StateDamaged(f"{KEY_FILE} does not hold a P-256 key")
    return key


def _make_key(path: Path) -> None:
    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    unborn = path.with_name(f"{path.name}.new")
    unborn.unlink(missing_ok=True)
    with os.fdopen(os.open(unborn, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    unborn.rename(path)
    sync_folder(path.parent)


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def main(words: list[str]) -> int:
    """Do what the agent asks for."""
    match words:
        case ["key", folder]:
            answer = json.dumps(jwk_of(load_key(Path(folder))))
        case ["sign", folder, station]:
            answer = sign(load_key(Path(folder)), station, sys.stdin.buffer.read(MAX_PAYLOAD_BYTES))
        case _:
            sys.stderr.write("usage: python -m edge.sign key DIR | sign DIR STATION\n")
            return 2
    sys.stdout.write(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
