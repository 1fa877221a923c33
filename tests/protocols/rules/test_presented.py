"""What a card lets its holder do, and what a code is by its form."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.rules.codes import Code, CodeKind, recognise
from protocols.rules.identity import Judgement, judge, masked_name
from protocols.rules.presented import Card

TODAY = date(2026, 3, 2)
ID = "0195f3c2-3333-7000-8000-000000000001"
CARD = Card(
    "resident", "示范人", "male", date(1990, 3, 7), "999999199003070012", date(2020, 1, 1), date(2040, 1, 1),
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "accepted"),
        ({"valid_to": None}, "accepted"),
        ({"valid_to": TODAY, "valid_from": TODAY}, "accepted"),
        ({"valid_to": date(2026, 3, 1)}, "expired"),
        ({"valid_from": date(2026, 3, 3)}, "not_valid_yet"),
        ({"number": "999999199003070013"}, "bad_number"),
        ({"birth": date(1990, 3, 8)}, "bad_number"),
        ({"kind": "foreigner", "number": "AAA999990030701"}, "accepted"),
        ({"birth": date(2010, 3, 2), "kind": "foreigner"}, "accepted"),
        ({"birth": date(2010, 3, 3), "kind": "foreigner"}, "under_age"),
        ({"birth": date(2015, 1, 1), "number": "nonsense", "valid_to": date(2021, 1, 1)}, "under_age"),
    ],
)
def test_a_card_is_judged_by_age_first(changes: dict[str, object], outcome: Judgement) -> None:
    assert judge(replace(CARD, **changes), TODAY) == outcome  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("李", "李"), ("示范", "示*"), ("示范人", "示**"), ("迪丽热巴·示范", "迪***"), ("EXAMPLE, PERSON", "E***")],
)
def test_a_hall_sees_one_letter_of_a_name(name: str, shown: str) -> None:
    assert masked_name(replace(CARD, name=name)) == shown
    assert masked_name(replace(CARD, name="", english_name=name)) == shown


PASS = "YZ1" + "A" * 48
FORMS: list[tuple[str, CodeKind, str, str]] = [
    (f"https://jobs.example/p/{ID}?s=wall:market", "post", ID, "wall:market"),
    (f"http://127.0.0.1:8080/p/{ID}", "post", ID, ""),
    ("https://jobs.example/p?s=station:st-01", "market", "", "station:st-01"),
    ("https://jobs.example/my/fairs/a_B-3", "fair", "a_B-3", ""),
    ("https://jobs.example/notice/job-register", "notice", "job-register", ""),
    ("https://jobs.example/complain/find", "complaint", "", ""),
    (f"https://jobs.example/events/shows/{ID}?source=show:{ID}", "show", ID, ""),
    ("https://jobs.example/my/start?from=k3m8x2q7", "registration", "", "k3m8x2q7"),
    (PASS, "pass", "", ""),
    ("6901234567892", "number", "", ""),
    ("https://jobs.example/elsewhere", "page", "", ""),
    (f"https://jobs.example/p/{ID}/../../etc", "page", "", ""),
    (f"https://jobs.example/p/{ID}?s=nowhere:1", "post", ID, ""),
    (f"javascript://x/p/{ID}", "other", "", ""),
    ("https:///p", "other", "", ""),
    ("https://[::1/p", "other", "", ""),
    ("110101199003070012X", "other", "", ""),
    (PASS + "A", "other", "", ""),
    ("１２３４５６７", "other", "", ""),
]


@pytest.mark.parametrize(("text", "kind", "ref", "source"), FORMS)
def test_a_code_is_known_by_its_form(text: str, kind: CodeKind, ref: str, source: str) -> None:
    assert recognise(text) == Code(kind, ref, source, text)
    assert text not in f"{recognise(text)}"


@given(st.text(max_size=200) | st.text(":/?s=&pabc[]%@", max_size=30).map("https://".__add__))
def test_no_text_crashes_recognition(text: str) -> None:
    found = recognise(text)
    assert len(found.ref) <= 36
    assert len(found.source) <= 48
