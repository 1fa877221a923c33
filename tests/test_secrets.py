"""No secret is in the repository, and no two installations share one (S5)."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from detect_secrets.core import baseline
from detect_secrets.core.scan import scan_file
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).parents[1]
#: What detect-secrets takes for a secret and is none; after a look at each finding made anew with
#: `detect-secrets scan --baseline .secrets.baseline`.
BASELINE = ROOT / ".secrets.baseline"


@pytest.mark.deep
@pytest.mark.timeout(300)
def test_nothing_in_the_repository_looks_like_a_secret_but_what_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout")
    files = [name for name in listed.stdout.decode().split("\0") if name and Path(name).is_file()]
    assert len(files) > 500
    known = json.loads(BASELINE.read_text("utf-8"))
    looked_at = {(file, secret.secret_hash) for file, secret in baseline.load(known, str(BASELINE))}
    settings = {name: known[name] for name in ("plugins_used", "filters_used")}
    found = SecretsCollection()
    with transient_settings(settings):
        for name in files:
            for secret in scan_file(name):
                found[name].add(secret)
    new = [
        f"{file}:{one.line_number}: {one.type}"
        for file, one in found
        if (file, one.secret_hash) not in looked_at and not _is_password_of_a_test(file, one.type)
    ]
    assert new == [], "a secret, or something to be added to .secrets.baseline after a look at it"


def _is_password_of_a_test(file: str, kind: str) -> bool:
    """Return whether a finding is only that something in a test is called a password: what looks like a key counts."""
    return file.startswith("tests/") and kind == "Secret Keyword"


async def test_two_fresh_installations_share_no_secret_and_nobody_can_sign_in(tmp_path: Path) -> None:
    first, second = await asyncio.gather(*(_install(tmp_path / name) for name in ("first", "second")))
    assert set(first) == set(second)
    for name, value in first.items():
        if name == "accounts":
            assert value == second[name] == b"0"
        else:
            assert value, name
            assert value != second[name], name


async def _install(folder: Path) -> dict[str, bytes]:
    """Make an installation; return its secrets by name."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YIZHAN_")}
    environment = kept | {"YIZHAN_DATA_DIR": str(folder), "YIZHAN_DATABASE_URL": f"sqlite:///{folder}/yizhan.db"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "yizhan.py", "cloud", "migrate", cwd=ROOT, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    assert await process.wait() == 0
    secret = folder / "secret"
    assert secret.stat().st_mode & 0o077 == 0, "for its owner only"
    rows = sqlite3.connect(folder / "yizhan.db")
    try:
        keys = dict(rows.execute("SELECT purpose, wrapped FROM data_key").fetchall())
        (accounts,) = rows.execute("SELECT count(*) FROM staff_account").fetchone()
    finally:
        rows.close()
    return {
        "secret": secret.read_bytes(),
        **{name: wrapped.encode() for name, wrapped in keys.items()},
        "accounts": str(accounts).encode(),
    }
