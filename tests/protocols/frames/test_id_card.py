"""The four layouts of a card's text, to the byte, and that nothing of a card shows."""

from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.id_card import LAYOUTS, card_from_bytes, card_to_bytes
from protocols.frames.samv import TEXT_BYTES
from protocols.rules.presented import CARD_KINDS, Card, CardKind

BORN, FROM, TO = date(1990, 3, 7), date(2020, 1, 1), date(2040, 1, 1)
CARDS: dict[CardKind, Card] = {
    "resident": Card(
        "resident", "示范人", "male", BORN, "999999199003070012", FROM, None,
        nation="01", address="示范市示范区示范路1号", issuer="示范市公安局示范分局示范派出所",
    ),
    "hmt": Card(
        "hmt", "示范人", "female", BORN, "830000199003070019", FROM, TO,
        nation="", address="示范市", issuer="示范市公安局", permit_number="000000000", issue_count="01",
    ),
    "foreigner": Card(
        "foreigner", "示范", "unknown", BORN, "AAA999990030701", FROM, TO,
        english_name="EXAMPLE, PERSON OF NOBODY", nationality="AAA", version="01", issuer="9999",
    ),
    "foreigner_2023": Card(
        "foreigner_2023", "示范", "female", BORN, "932156199003070011", FROM, TO,
        english_name="EXAMPLE NAME WITH FORTY-SIX LETTERS, AS LONG..", nationality="AAA", issue_count="00",
        old_number="001",
    ),
}  # fmt: skip
#: Where the design puts fields: (kind, offset, what stands there).
PLACES: list[tuple[CardKind, int, str]] = [
    ("resident", 0, "示范人"), ("resident", 30, "1"), ("resident", 32, "01"), ("resident", 36, "19900307"),
    ("resident", 52, "示范市示范区示范路1号"), ("resident", 122, "999999199003070012"),
    ("resident", 158, "示范市公安局"),
    ("resident", 188, "20200101"), ("resident", 204, "长期"), ("resident", 248, " "),
    ("hmt", 30, "2"), ("hmt", 220, "000000000"), ("hmt", 238, "01"), ("hmt", 248, "J"),
    ("foreigner", 0, "EXAMPLE, PERSON"), ("foreigner", 120, "0"), ("foreigner", 122, "AAA999990030701"),
    ("foreigner", 152, "AAA"), ("foreigner", 158, "示范"), ("foreigner", 188, "20200101"),
    ("foreigner", 204, "20400101"),
    ("foreigner", 220, "19900307"), ("foreigner", 236, "01"), ("foreigner", 240, "9999"), ("foreigner", 248, "I"),
    ("foreigner_2023", 0, "示范"), ("foreigner_2023", 30, "2"), ("foreigner_2023", 32, "00"),
    ("foreigner_2023", 36, "19900307"), ("foreigner_2023", 52, "EXAMPLE NAME WITH FORTY-SIX LETTERS"),
    ("foreigner_2023", 122, "932156199003070011"), ("foreigner_2023", 188, "20200101"),
    ("foreigner_2023", 204, "20400101"), ("foreigner_2023", 220, ", AS LONG.."), ("foreigner_2023", 242, "AAA"),
    ("foreigner_2023", 248, "Y"), ("foreigner_2023", 250, "001"),
]  # fmt: skip


@pytest.mark.parametrize("kind", CARD_KINDS)
def test_a_card_is_its_text_both_ways(kind: CardKind) -> None:
    text = card_to_bytes(CARDS[kind])
    assert len(text) == TEXT_BYTES
    assert card_from_bytes(text) == CARDS[kind]


@pytest.mark.parametrize(("kind", "at", "value"), PLACES)
def test_a_field_stands_where_the_standard_puts_it(kind: CardKind, at: int, value: str) -> None:
    written = value.encode("utf-16-le")
    assert card_to_bytes(CARDS[kind])[at : at + len(written)] == written


@pytest.mark.parametrize("kind", CARD_KINDS)
def test_a_layout_has_no_overlap_and_ends_with_the_text(kind: CardKind) -> None:
    places = sorted([*LAYOUTS[kind].values(), (248, 2)])
    for (at, size), (following, _) in zip(places, [*places[1:], (TEXT_BYTES, 0)], strict=True):
        assert at + size <= following
    assert {place for pair in places for place in pair if place % 2} == set()


def test_a_space_between_the_two_halves_of_an_english_name_stays() -> None:
    card = replace(CARDS["foreigner_2023"], english_name="A" * 34 + " B")
    assert card_from_bytes(card_to_bytes(card)).english_name == "A" * 34 + " B"


def test_fields_padded_with_zeros_are_the_same_card() -> None:
    text = card_to_bytes(CARDS["resident"]).replace(" ".encode("utf-16-le"), b"\0\0")
    assert card_from_bytes(text) == CARDS["resident"]


@pytest.mark.parametrize(
    ("at", "value", "why"),
    [
        (0, "\x07", "name holds control"),
        (0, "\x9f", "name holds control"),
        (248, "Z", "kind"),
        (36, "20240231", "birth is no day"),
        (36, "2024W011", "birth is no day"),
        (36, "１９９００３０７", "birth is no day"),
        (188, "        ", "valid_from is no day"),
        (204, "永久", "valid_to is no day"),
        (122, " " * 18, "without a number"),
        (0, " " * 15, "without a number or a name"),
    ],
)
def test_a_field_that_is_none_is_named_and_not_shown(at: int, value: str, why: str) -> None:
    text = bytearray(card_to_bytes(replace(CARDS["resident"], valid_to=TO)))
    written = value.encode("utf-16-le")
    text[at : at + len(written)] = written
    with pytest.raises(ParsingError, match=why) as error:
        card_from_bytes(bytes(text))
    assert value.strip() == "" or value not in str(error.value)


def test_half_a_letter_is_no_text_and_the_error_holds_no_bytes() -> None:
    text = bytearray(card_to_bytes(CARDS["resident"]))
    text[0:2] = b"\x00\xd8"
    with pytest.raises(ParsingError, match="name is no text") as error:
        card_from_bytes(bytes(text))
    assert error.value.__cause__ is None
    with pytest.raises(ParsingError, match="255 bytes"):
        card_from_bytes(bytes(text[:-1]))


def test_what_does_not_fit_is_not_cut() -> None:
    with pytest.raises(ParsingError, match="name is longer than 15"):
        card_to_bytes(replace(CARDS["resident"], name="示" * 16))


def test_nothing_of_a_card_shows() -> None:
    for card in CARDS.values():
        assert f"{card}" == f"Card(kind='{card.kind}')"


letters = st.characters(exclude_categories=("C", "Z"), max_codepoint=0xFFFF)
days = st.dates(date(1, 1, 1), date(9999, 12, 31))


@given(
    st.sampled_from(CARD_KINDS), st.text(letters, min_size=1, max_size=15), st.text(letters, min_size=1, max_size=15),
    days, days, st.none() | days, st.sampled_from(("male", "female", "unknown")),
)  # fmt: skip
def test_every_card_survives(  # noqa: PLR0913, PLR0917
    kind: CardKind, name: str, number: str, birth: date, start: date, end: date | None, sex: str
) -> None:
    card = Card(kind, name, sex, birth, number, start, end)  # type: ignore[arg-type]
    assert card_from_bytes(card_to_bytes(card)) == card


@given(st.binary(min_size=TEXT_BYTES, max_size=TEXT_BYTES), st.sampled_from(" JIY"), st.booleans())
def test_no_text_crashes_the_reader(text: bytes, flag: str, with_days: bool) -> None:  # noqa: FBT001
    changed = bytearray(text)
    changed[248:250] = flag.encode("utf-16-le")
    if with_days:
        changed[:248] = card_to_bytes(CARDS["resident"])[:248]
        changed[:36] = text[:36]
    with suppress(ParsingError):
        card_from_bytes(bytes(changed))
