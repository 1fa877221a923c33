"""The answer of a service that checks names: only a signed one, to the question that was asked."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import DocumentError
from protocols.realname import Answer, read_answer, signature

SECRET = b"s" * 32
REQUEST = "0195f3c2-0000-7000-8000-00000000000a"
BODY = json.dumps({"request": REQUEST, "result": "match", "present": True, "reference": "r-1", "more": 1}).encode()


def test_a_signed_answer_to_our_question_is_read() -> None:
    found = read_answer(SECRET, BODY, signature(SECRET, BODY), REQUEST)
    assert found == Answer(request=REQUEST, result="match", present=True, reference="r-1")


@pytest.mark.parametrize(
    ("body", "secret", "request_id", "why"),
    [
        (BODY, b"t" * 32, REQUEST, "not signed"),
        (BODY, SECRET, REQUEST.replace("a", "b"), "another request"),
        (b'{"result": "match"}', SECRET, REQUEST, "not in form"),
        (BODY.replace(b"match", b"maybe"), SECRET, REQUEST, "not in form"),
        (b"no JSON", SECRET, REQUEST, "."),
    ],
)
def test_any_other_answer_says_why_it_is_none(body: bytes, secret: bytes, request_id: str, why: str) -> None:
    with pytest.raises(DocumentError, match=why):
        read_answer(SECRET, body, signature(secret, body), request_id)


@given(st.binary(max_size=200))
def test_no_bytes_are_more_than_an_error(body: bytes) -> None:
    with pytest.raises(DocumentError):
        read_answer(SECRET, body, signature(SECRET, body), REQUEST)
