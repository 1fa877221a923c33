"""`yizhan jobs screen`: lines in and out as a stranger's script sends them."""

import io
import json
import subprocess
import sys
from typing import Any

import pytest

from cloud.jobs import screen_cli


def run(*lines: str) -> tuple[int, list[dict[str, Any]], str]:
    """Return (exit code, answers, complaints) of the program."""
    command = [sys.executable, "-m", "yizhan", "jobs", "screen"]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=False, timeout=30)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_each_line_is_answered_in_order_and_nothing_else_is_printed() -> None:
    code, answers, complaints = run(
        '{"id": "a", "text": "仓库搬运，只要男的，日结200元"}',
        "",
        '{"id": 2, "text": "男女不限"}',
        '{"id": "c", "text": ""}',
    )
    assert (code, complaints) == (0, "")
    assert [(one["id"], one["verdict"]) for one in answers] == [("a", "block"), (2, "ok"), ("c", "ok")]
    assert answers[0] == {
        "id": "a",
        "verdict": "block",
        "findings": [
            {
                "rule": "sex",
                "severity": "block",
                "span": [5, 9],
                "law": "妇女权益保障法（2022）第四十三条；就业促进法第二十七条",
            }
        ],
    }


def test_pay_is_judged_by_the_place_and_the_day_of_the_line() -> None:
    code, answers, _ = run(
        '{"id": 1, "text": "时薪24元", "date": "2025-06-01"}',
        '{"id": 2, "text": "时薪24元", "date": "2026-06-01", "place": "321181"}',
        '{"id": 3, "text": "时薪24元", "date": "2026-06-01", "place": "镇江市润州区"}',
    )
    assert code == 0
    assert [one["verdict"] for one in answers] == ["ok", "block", "block"]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("{", '{"id": "1", "text": "…"}'),
        ("[]", "not an object"),
        ('{"id": 1}', "text is missing"),
        ('{"text": "x"}', "id is missing"),
        ('{"id": true, "text": "x"}', "id is missing"),
        ('{"id": 1, "text": "x", "colour": 1}', "unknown key 'colour'"),
        ('{"id": 1, "text": "x", "date": "yesterday"}', "2026-03-02"),
        ('{"id": 1, "text": "x", "date": 20260302}', "2026-03-02"),
        ('{"id": 1, "text": "x", "date": "2019-01-01"}', "the table begins on 2021-08-01"),
        ('{"id": 1, "text": "x", "place": "上海市"}', "known: 镇江市、京口区"),
        ('{"id": 1, "text": "x", "place": 3211}', "name a district"),
        ('{"id": 1, "text": "' + "长" * 20_001 + '"}', "longer than 20000 characters"),
    ],
)
def test_a_bad_line_is_named_with_a_hint_and_the_others_are_answered(
    line: str, hint: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, answers, complaints = piped(line + '\n{"id": "z", "text": "限女性"}\n', capsys, monkeypatch)
    assert code == 2
    assert complaints.startswith("yizhan jobs screen: line 1: ")
    assert hint in complaints
    assert [(one["id"], one["verdict"]) for one in answers] == [("z", "block")]


def test_a_line_without_end_is_refused_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, answers, complaints = piped("x" * (screen_cli.MAX_LINE_BYTES + 2), capsys, monkeypatch)
    assert (code, answers) == (2, [])
    assert "longer than 262144 bytes" in complaints


def piped(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, list[dict[str, Any]], str]:
    """Run the program in this process on a text."""

    class Standard:
        buffer = io.BytesIO(text.encode())

    monkeypatch.setattr(sys, "stdin", Standard())
    code = screen_cli.screen([])
    said = capsys.readouterr()
    return code, [json.loads(line) for line in said.out.splitlines()], said.err
