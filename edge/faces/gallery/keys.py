"""The key of a gallery: from a file outside the state directory and the device's own key, so that neither is enough."""

import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edge.errors import GalleryDamaged, StateDamaged
from edge.faces.terms import Vault
from edge.sign import load_key
from edge.statefile import sync_folder

KEY_BYTES: Final = 32
_INFO: Final = b"yizhan face gallery 1\0"
_OTHERS: Final = 0o077


def gallery_key(vault: Vault) -> bytes:
    """Return the key of a station's gallery, 32 bytes; its file is made when neither it nor a gallery exists.

    HKDF-SHA256 (RFC 5869) of the key file, salted with the device's private key. GalleryDamaged: the file is not
    32 bytes, others may read it, or it is gone while the gallery is there.
    """
    if not vault.key_file.exists():
        if vault.file.exists():
            raise GalleryDamaged(
                f"{vault.key_file} is gone, so nobody can open {vault.file}: put the key back, or remove the gallery "
                "and let people enrol again"
            )
        _make(vault.key_file)
    if vault.key_file.stat().st_mode & _OTHERS:
        raise GalleryDamaged(f"others may read {vault.key_file}: chmod 600 {vault.key_file}")
    secret = vault.key_file.read_bytes()
    if len(secret) != KEY_BYTES:
        raise GalleryDamaged(f"{vault.key_file} has {len(secret)} bytes instead of {KEY_BYTES}: put the key back")
    derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=_device(vault.state), info=_INFO + vault.station.encode())
    return derived.derive(secret)


def _device(state: Path) -> bytes:
    try:
        key = load_key(state)
    except (StateDamaged, ValueError) as error:
        raise GalleryDamaged(f"the device's key in {state} cannot be read: {error}") from error
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(file, secrets.token_bytes(KEY_BYTES))
        os.fsync(file)
    finally:
        os.close(file)
    new.replace(path)
    sync_folder(path.parent)
