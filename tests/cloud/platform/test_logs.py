"""What is logged: one JSON object per line with the request's id, without numbers that belong to people."""

import json
import logging
import sys

import pytest

from cloud.platform.logs import REQUEST, JsonLines, Text, mask


def record(text: str, *words: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("cloud.test", logging.WARNING, __file__, 1, text, words, None)
    made.__dict__.update(extra)
    return made


def test_a_line_is_one_json_object_with_the_id_of_its_request() -> None:
    token = REQUEST.set("req-1")
    try:
        line = json.loads(JsonLines().format(record("two\nlines of %s", "text", status=404, path="/api/v1/posts")))
    finally:
        REQUEST.reset(token)
    assert (line["level"], line["text"], line["request"]) == ("warning", "two\nlines of text", "req-1")
    assert (line["status"], line["path"]) == (404, "/api/v1/posts")
    assert "request" not in json.loads(JsonLines().format(record("later")))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call 13812345678 now", "call 138******** now"),
        ("id 11010519491231002X, 110105194912310021", "id 110***************, 110***************"),
        ("2026-03-02T09:00:00 seq 1772413200123 of 0195f00a", "2026-03-02T09:00:00 seq 1772413200123 of 0195f00a"),
        ("0511-00000000 91321100MA0000001P", "0511-00000000 91321100MA0000001P"),
    ],
)
def test_numbers_of_people_are_masked_and_others_stay(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert Text("%(message)s").format(record(text)) == masked


def test_also_in_what_an_error_says_of_itself() -> None:
    try:
        int("no such phone: 13812345678")
    except ValueError:
        made = logging.LogRecord("cloud.test", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    for form in (JsonLines(), Text("%(message)s")):
        line = form.format(made)
        assert "ValueError" in line
        assert "13812345678" not in line
