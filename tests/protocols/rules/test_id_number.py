"""ID numbers against python-stdnum, and the age that the law asks for."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from protocols.rules.id_number import BadIdNumber, age_on, parse_id_number

TODAY = date(2026, 3, 2)
#: Area 110101 with a birth date and an order that nobody has; the check character is computed by the peer.
BODIES = st.builds(
    lambda day, order: f"110101{day:%Y%m%d}{order:03d}",
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)


def complete(body: str) -> str:
    """Return the number of 17 digits with the check character of the peer."""
    return body + str(ric.calc_check_digit(body + "0"))


@given(BODIES)
def test_a_number_that_the_peer_completes_passes(body: str) -> None:
    number = complete(body)
    parsed = parse_id_number(number.lower(), TODAY)
    assert parsed.text == number
    assert parsed.birth == ric.get_birth_date(number)
    assert (parsed.sex, parsed.area) == ("male" if int(number[16]) % 2 else "female", "110101")


@given(BODIES, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(body: str, place: int, shift: int) -> None:
    number = complete(body)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    with pytest.raises(BadIdNumber):
        parse_id_number(wrong, TODAY)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("", "18 位"),
        ("110101900101123", "18 位"),
        ("１１０１０１１９９００１０１１２３Ｘ", "18 位"),
        ("110101199002300000", "校验位|不存在"),
        ("110101209901010007", "校验位|不可能"),
    ],
)
def test_what_is_wrong_is_said_without_the_number(number: str, why: str) -> None:
    with pytest.raises(BadIdNumber, match=why) as caught:
        parse_id_number(number, TODAY)
    assert not number or number not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "why"),
    [("11010119900230000", "不存在"), ("11010120260303000", "不可能"), ("11010118991231000", "不可能")],
)
def test_a_date_that_cannot_be_is_refused_whatever_the_check_character(body: str, why: str) -> None:
    with pytest.raises(BadIdNumber, match=why):
        parse_id_number(complete(body), TODAY)


def test_a_year_of_age_is_full_on_the_birthday() -> None:
    assert age_on(date(2010, 3, 3), TODAY) == 15
    assert age_on(date(2010, 3, 2), TODAY) == 16
    assert age_on(date(2008, 2, 29), date(2024, 2, 28)) == 15
    assert age_on(date(2008, 2, 29), date(2025, 2, 28)) == 16
    assert age_on(date(2008, 2, 29), date(2025, 3, 1)) == 17
