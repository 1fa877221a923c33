"""The default model pack, built once for all tests from the registry's packages, and kept by what builds it."""

import fcntl
import hashlib
import os
from pathlib import Path

import pytest

from provisioning.errors import PackError
from provisioning.facepack.build import build_pack

ROOT = Path(__file__).parents[1]


def built_pack() -> Path:
    """Return its directory. Without the registry: skipped, in CI failed."""
    sources = sorted((ROOT / "provisioning" / "facepack").glob("*.py"))
    version = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    kept = ROOT / "artefacts" / "faces"
    kept.mkdir(parents=True, exist_ok=True)
    with (kept / "lock").open("w") as lock:  # of tests that run at the same time one builds it
        fcntl.flock(lock, fcntl.LOCK_EX)
        pack = kept / f"pack-{version}"
        if not pack.is_dir():
            try:
                build_pack(pack, kept / "archives")
            except PackError as error:
                if os.environ.get("CI") == "true":
                    pytest.fail(f"the model pack cannot be built: {error}")
                pytest.skip(f"the model pack cannot be built: {error}")
    return pack
