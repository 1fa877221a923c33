"""Masks keep what tells two people apart, and not what identifies one."""

import pytest

from cloud.platform.masks import mask_address, mask_id_number, mask_name, mask_phone


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("138 1234 5678", "138****5678"),
        ("0511-80000012", "0511-****12"),
        ("80000012", "****12"),
        ("400-800-1234", "****34"),
        ("", ""),
    ],
)
def test_a_phone_is_masked(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [("321100199001011234", "3211**********1234"), ("12345", "*****"), ("", "")]
)
def test_an_id_number_is_masked(number: str, shown: str) -> None:
    assert mask_id_number(number) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("京口区解放路 12 号 3 幢 502", "京口区解放路****"),
        ("润州区南徐大道 8 号", "润州区南徐大道****"),
        ("某某花园三幢一单元", "某某花园三幢****"),
        ("京口区解放路", "京口区解放路"),
        ("", ""),
    ],
)
def test_an_address_is_masked_behind_its_street(address: str, shown: str) -> None:
    assert mask_address(address) == shown


def test_of_a_name_the_family_name_stays() -> None:
    assert (mask_name("王小明"), mask_name("王"), mask_name("")) == ("王**", "王", "")
