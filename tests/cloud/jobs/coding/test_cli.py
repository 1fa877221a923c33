"""`yizhan occupations code`: lines in and out, bad ones named, the first answer soon."""

import io
import json
import sys
from typing import Any

import pytest

from cloud.jobs.coding.cli import MAX_LINE_BYTES, code


class Input:
    """Standard input as the command reads it."""

    def __init__(self, text: str) -> None:
        self.buffer = io.BytesIO(text.encode())


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str) -> tuple[int, list[Any], str]:
    monkeypatch.setattr(sys, "stdin", Input(text))
    exit_code = code([])
    out, err = capsys.readouterr()
    return exit_code, [json.loads(line) for line in out.splitlines()], err


def test_each_line_is_answered_with_five_codes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '{"id": "a", "title": "焊工 要带证 日结"}\n\n{"id": 7, "title": "外卖骑手"}\n'
    exit_code, answers, err = run(monkeypatch, capsys, text)
    assert (exit_code, err) == (0, "")
    assert [answer["id"] for answer in answers] == ["a", 7]
    assert all(set(answer) == {"id", "codes"} for answer in answers)
    assert all(set(one) == {"code", "name", "score"} for answer in answers for one in answer["codes"])
    assert [len(answer["codes"]) for answer in answers] == [5, 5]
    assert answers[0]["codes"][0]["code"] == "6-18-02-04"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("焊工", "no JSON"),
        ("[]", "not an object"),
        ('{"id": "1"}', "title is missing"),
        ('{"id": "1", "title": " "}', "title is missing or empty"),
        ('{"title": "焊工"}', "id is missing"),
        ('{"id": true, "title": "焊工"}', "id is missing"),
        ('{"id": "1", "title": "焊工", "city": "镇江"}', "unknown key 'city'"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, hint: str
) -> None:
    exit_code, answers, err = run(monkeypatch, capsys, f'{line}\n{{"id": "2", "title": "保安"}}\n')
    assert exit_code == 2
    assert [answer["id"] for answer in answers] == ["2"]
    assert err.startswith("yizhan occupations code: line 1: ")
    assert hint in err


def test_a_line_without_end_ends_the_reading(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exit_code, answers, err = run(monkeypatch, capsys, "x" * (MAX_LINE_BYTES + 1) + '\n{"id": 1, "title": "保安"}\n')
    assert (exit_code, answers) == (2, [])
    assert "line 1: longer than" in err
