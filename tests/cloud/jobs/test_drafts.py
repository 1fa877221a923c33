"""What a post must say: every mandatory field, each refused with its own place."""

import random
from typing import Any

import pytest
from stdnum.cn import uscc as oracle

from cloud.jobs.drafts import FirmDraft, PostDraft, check_uscc
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import parse
from tests.cloud.jobs.drafts import FIRM, post

FIRM_ID = "0195f3c2-0000-7000-8000-000000000001"


def test_a_complete_post_is_taken() -> None:
    draft = parse(PostDraft, post(FIRM_ID))
    assert (draft.gig, draft.form, draft.source) == (True, "temporary", None)
    assert not parse(PostDraft, post(FIRM_ID, form="全职")).gig


@pytest.mark.parametrize("field", sorted(set(post()) - {"source"}))
def test_a_missing_field_is_named(field: str) -> None:
    body = post(FIRM_ID)
    del body[field]
    with pytest.raises(InvalidInputError) as caught:
        parse(PostDraft, body)
    assert set(caught.value.fields) == {field}


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 61}, "title"),
        ({"occupation": "9-99-99-99"}, "occupation"),
        ({"headcount": 0}, "headcount"),
        ({"headcount": "3"}, "headcount"),
        ({"form": "boss"}, "form"),
        ({"pay": {"min_fen": 2, "max_fen": 1, "unit": "day", "method": "日结"}}, "pay.max_fen"),
        ({"pay": {"min_fen": 1.5, "max_fen": 2, "unit": "day", "method": "日结"}}, "pay.min_fen"),
        ({"pay": {"min_fen": 1, "max_fen": 2, "unit": "week", "method": "周结"}}, "pay.unit"),
        ({"contact": {"name": "示范", "phone": "call me"}}, "contact.phone"),
        ({"valid_to": "2025-12-31"}, "valid_to"),
        ({"valid_to": "2028-12-31"}, "valid_to"),
        ({"valid_from": "2026-13-01T00:00:00Z"}, "valid_from"),
        ({"colour": "mauve"}, "colour"),
        ({"title": "bell\x07"}, "title"),
    ],
)
def test_a_field_that_does_not_fit_is_named(members: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse(PostDraft, post(FIRM_ID, **members))
    assert set(caught.value.fields) == {field}


def test_a_time_stands_for_the_markets_date() -> None:
    draft = parse(PostDraft, post(FIRM_ID, valid_from="2026-03-01T16:00:00Z"))
    assert draft.valid_from.isoformat() == "2026-03-02"


def test_the_check_character_of_a_firms_code_agrees_with_another_implementation() -> None:
    dice = random.Random(1)
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for _ in range(500):
        stem = "91321100" + "".join(dice.choice(alphabet) for _ in range(9))
        right = oracle.calc_check_digit(stem)
        assert check_uscc((stem + right).lower()) == stem + right
        wrong = next(character for character in alphabet if character != right)
        with pytest.raises(ValueError, match="校验位"):
            check_uscc(stem + wrong)


@pytest.mark.parametrize("code", ["", "9132110", "91321100MA000000IP", "91321100MA0000001P0"])
def test_a_code_of_another_form_is_refused(code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse(FirmDraft, FIRM | {"uscc": code})
    assert set(caught.value.fields) == {"uscc"}
