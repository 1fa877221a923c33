"""`yizhan kpi opening` as a program: what scripts rely on."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


def interval(signal: str, value: str, start: str, end: str, day: str = "2026-03-02") -> dict[str, str]:
    return {
        "slot": f"{signal}-1",
        "signal": signal,
        "value": value,
        "from": f"{day}T{start}:00+08:00",
        "to": f"{day}T{end}:00+08:00",
    }


def opened_at(clock: str) -> list[dict[str, str]]:
    return [
        interval("door", "locked", "00:00", clock),
        interval("door", "unlocked", clock, "17:02"),
        interval("wall", "on", clock, "17:02"),
    ]


def run(*args: str, text: str, python: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *python, "yizhan.py", "kpi", "opening", *args]
    return subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, timeout=30, check=False)


def ask(day: str, document: dict[str, Any]) -> dict[str, Any]:
    done = run("--day", day, text=json.dumps(document))
    assert (done.returncode, done.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_day_from_0858_to_1702_is_compliant() -> None:
    assert ask("2026-03-02", {"signals": opened_at("08:58")}) == {
        "day": "2026-03-02",
        "required": 480,
        "open": 480,
        "closed": 0,
        "unknown": 0,
        "excused": 0,
        "verdict": "compliant",
        "segments": [{"from": "2026-03-02T09:00:00+08:00", "to": "2026-03-02T17:00:00+08:00", "state": "open"}],
    }


def test_a_day_that_begins_at_0920_is_a_violation() -> None:
    answer = ask("2026-03-02", {"signals": opened_at("09:20")})

    assert (answer["verdict"], answer["closed"], answer["open"]) == ("violation", 20, 460)
    assert [part["state"] for part in answer["segments"]] == ["closed", "open"]


def test_a_day_with_a_dead_gateway_is_unproven() -> None:
    signals = [interval("door", "unlocked", "08:58", "10:00"), interval("wall", "on", "08:58", "17:02")]

    answer = ask("2026-03-02", {"signals": signals})

    assert (answer["verdict"], answer["open"], answer["unknown"]) == ("unproven", 60, 420)


def test_closures_cuts_and_policy_are_heard() -> None:
    document = {
        "signals": opened_at("09:20"),
        "closures": [{"from": "2026-03-02T09:00:00+08:00", "to": "2026-03-02T09:10:30+08:00", "reason": "drill"}],
        "power_cuts": [{"from": "2026-03-02T01:10:30Z", "to": "2026-03-02T01:12:00Z"}],
        "policy": {"grace_minutes": 8},
    }

    answer = ask("2026-03-02", document)

    assert (answer["excused"], answer["closed"], answer["verdict"]) == (12, 8, "compliant")


def test_a_holiday_asks_for_nothing_and_a_computed_year_says_so() -> None:
    assert ask("2026-10-01", {"signals": []})["verdict"] == "not_required"
    assert ask("2027-02-06", {"signals": []})["flags"] == ["provisional"]


@pytest.mark.parametrize(
    ("day", "document", "words"),
    [
        ("2028-03-02", {"signals": []}, ["2028", "table of statutory days", "missing"]),
        ("2027-03-02", {"signals": [], "policy": {"holiday_policy": "gazetted"}}, ["2027", "notice", "missing"]),
        ("2026-03-02", {"signals": [interval("door", "ajar", "09:00", "10:00")]}, ["signals[0].value", "ajar"]),
        ("2026-03-02", {"signals": [interval("door", "locked", "10:00", "09:00")]}, ["signals[0].to"]),
        ("2026-3-2", {"signals": []}, ["--day"]),
        ("2026-03-02", {"signals": [], "day": "2026-03-03"}, ["day", "2026-03-03"]),
    ],
)
def test_bad_input_is_exit_2_with_a_sentence_and_the_place(
    day: str, document: dict[str, Any], words: list[str]
) -> None:
    done = run("--day", day, text=json.dumps(document))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("yizhan kpi opening: ")
    assert len(done.stderr.splitlines()) == 1
    assert [word for word in words if word not in done.stderr] == []


def test_a_day_is_needed_from_somewhere() -> None:
    assert run(text='{"signals": []}').returncode == 2
    assert run(text='{"signals": [], "day": "2026-03-02"}').returncode == 0


def test_wrong_use_is_exit_2() -> None:
    assert run("--month", "3", text="").returncode == 2


def test_many_documents_are_answered_line_by_line_each_with_its_day() -> None:
    lines = [
        {"signals": opened_at("08:58")},
        {"signals": [], "day": "2026-10-01"},
        {"signals": opened_at("09:20"), "day": "2026-03-02"},
    ]

    done = run("--day", "2026-03-02", "--lines", text="".join(json.dumps(line) + "\n" for line in lines) + "\n")

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [(answer["day"], answer["verdict"]) for answer in answers] == [
        ("2026-03-02", "compliant"),
        ("2026-10-01", "not_required"),
        ("2026-03-02", "violation"),
    ]


def test_a_bad_line_is_answered_in_its_place_and_remembered_in_the_exit_code() -> None:
    done = run("--day", "2026-03-02", "--lines", text='{"signals": []}\n{"signals": 3}\n{"signals": []}')

    first, bad, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, first, first["verdict"]) == (2, last, "unproven")
    assert bad == {"line": 2, "error": "signals: a list is needed, not 3"}
    assert done.stderr == "yizhan kpi opening: line 2: signals: a list is needed, not 3\n"


def test_a_caller_gets_each_answer_before_he_sends_the_next_line() -> None:
    command = [sys.executable, "yizhan.py", "kpi", "opening", "--day", "2026-03-02", "--lines"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        for _ in range(2):
            process.stdin.write('{"signals": []}\n')
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["unknown"] == 480
        process.stdin.close()
        assert process.wait(timeout=10) == 0


def test_the_command_loads_no_heavy_library() -> None:
    done = run("--day", "2026-03-02", text='{"signals": []}', python=("-X", "importtime"))

    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "protocols" in loaded
    assert loaded & {"tortoise", "aiohttp", "pydantic", "aiomqtt", "sqlite3", "asyncio"} == set()
