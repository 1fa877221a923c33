"""The interface to an SMS gateway: what a signature covers, what a text costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import SignatureRefused
from protocols.sms import MAX_SKEW_S, Request, authorization, segments, verify

SECRET = b"a secret of two sides"
NONCE = "0123456789abcdef"
NOW_S = 1_790_000_000
REQUEST = Request("POST", "/v1/messages", b'{"id":"x"}')
HEADER = authorization(REQUEST, "yizhan", SECRET, NOW_S, NONCE)
KEYS = {"yizhan": SECRET}


def test_what_one_side_signs_the_other_side_takes() -> None:
    signed = verify(HEADER, REQUEST, KEYS, NOW_S + MAX_SKEW_S)
    assert (signed.key_id, signed.nonce) == ("yizhan", NONCE)


@pytest.mark.parametrize(
    "other",
    [
        Request("GET", "/v1/messages", REQUEST.body),
        Request("POST", "/v1/messages/1", REQUEST.body),
        Request("POST", "/v1/messages", REQUEST.body + b" "),
    ],
)
def test_a_signature_covers_method_path_and_body(other: Request) -> None:
    with pytest.raises(SignatureRefused) as refused:
        verify(HEADER, other, KEYS, NOW_S)
    assert refused.value.code == "wrong"


@pytest.mark.parametrize("keys", [{"yizhan": b"another secret"}, {"other": SECRET}, {}])
def test_another_key_or_secret_is_refused_alike(keys: dict[str, bytes]) -> None:
    with pytest.raises(SignatureRefused) as refused:
        verify(HEADER, REQUEST, keys, NOW_S)
    assert refused.value.code == "wrong"


@pytest.mark.parametrize("off_s", [-MAX_SKEW_S - 1, MAX_SKEW_S + 1])
def test_a_request_of_another_time_is_refused(off_s: int) -> None:
    with pytest.raises(SignatureRefused) as refused:
        verify(HEADER, REQUEST, KEYS, NOW_S + off_s)
    assert refused.value.code == "stale"


@given(st.text() | st.integers(0, len(HEADER) - 1).map(lambda at: HEADER[:at] + HEADER[at + 1 :]))
def test_nothing_but_a_whole_header_is_taken(header: str) -> None:
    with pytest.raises(SignatureRefused):
        verify(header, REQUEST, KEYS, NOW_S)


@pytest.mark.parametrize(("chars", "parts"), [(0, 1), (70, 1), (71, 2), (134, 2), (135, 3)])
def test_a_text_costs_as_many_messages_as_it_needs(chars: int, parts: int) -> None:
    assert segments("工" * chars) == parts
