"""`yizhan cloud keys …` and `yizhan cloud audit …`: what they print, what they answer with, what they leave behind."""

import json
import sqlite3
from pathlib import Path

import pytest

from yizhan import main

SITE = '[site]\nid = "demo"\nname = "示范"\n[[stations]]\nid = "st-01"\nname = "示范"\n'


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the database of the programs under test is; nothing else is set."""
    path = tmp_path / "yizhan.db"
    monkeypatch.setenv("YIZHAN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("YIZHAN_DATABASE_URL", f"sqlite:///{path}")
    return path


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[dict[str, object]]]:
    code = main(["cloud", *words])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_rotation_is_listed_and_in_the_chain(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = _run(capsys, "keys", "rotate", "--announce-s", "0")
    assert (code, [line["step"] for line in lines]) == (0, ["announced", "current", "retired"])
    _, keys = _run(capsys, "keys", "list")
    assert [(key["purpose"], key["state"]) for key in keys] == [
        ("blind", "current"), ("seal", "retired"), ("seal", "current"),
    ]  # fmt: skip
    assert "wrapped" not in json.dumps(keys)
    _, rows = _run(capsys, "audit", "list", "--action", "key.")
    assert [row["action"] for row in rows] == ["key.retire", "key.use", "key.add"]
    assert str(rows[0]["actor"]).startswith("shell:")
    assert database.exists()


def test_what_gives_power_is_in_the_chain_without_a_password_or_a_token(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, (made,) = _run(capsys, "account", "add", "li", "--role", "manager")
    _, (reset,) = _run(capsys, "account", "reset", "li")
    _run(capsys, "account", "disable", "li")
    assert main(["cloud", "token", "create", "--role", "auditor"]) == 0
    token = capsys.readouterr().out.strip()
    _, (listed,) = _run(capsys, "token", "list")
    _run(capsys, "token", "revoke", str(listed["id"]))
    _, rows = _run(capsys, "audit", "list")
    actions = ["account.add", "account.reset", "account.disable", "token.add", "token.revoke"]
    assert [row["action"] for row in reversed(rows)] == actions
    for secret in (made["password"], reset["password"], token):
        assert str(secret) not in json.dumps(rows)
    assert database.exists()


def test_verify_says_which_row_is_bad_and_fails(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(SITE, "utf-8")
    assert main(["site", "apply", str(site)]) == 0
    capsys.readouterr()
    code, (line,) = _run(capsys, "audit", "verify")
    assert (code, line["ok"], line["rows"]) == (0, True, 1)
    assert _run(capsys, "audit", "verify", "--known", f"{line['number']}:{line['hash']}")[0] == 0
    assert _run(capsys, "audit", "verify", "--known", f"2:{line['hash']}")[0] == 1
    assert _run(capsys, "audit", "verify", "--known", "nonsense")[0] == 2
    with sqlite3.connect(database) as rows:
        rows.execute("UPDATE audit_row SET subject = 'site:other'")
    rows.close()
    code, (line,) = _run(capsys, "audit", "verify")
    assert (code, line["ok"], line["row"]) == (1, False, 1)


def test_with_another_secret_nothing_starts(database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(capsys, "migrate")[0] == 0
    (tmp_path / "secret").write_bytes(bytes(32))
    _, checks = _run(capsys, "check")
    assert [check["ok"] for check in checks if check["check"] == "keys"] == [False]
    assert main(["cloud", "keys", "list"]) == 2
    assert "secret file" in capsys.readouterr().err
    assert database.exists()
