"""Sealed texts open in their own place only, with keys that the secret file unwraps; look-ups are blind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.platform.core import Core
from cloud.platform.database import Database, transaction
from cloud.platform.errors import SettingsError
from cloud.platform.keymodels import DataKey
from cloud.platform.keyring import KeyRing, SealError, UnknownKeyError, key_of, place
from cloud.platform.keystore import new_key, open_keyring, refresh
from tests.cloud.clocks import HandClock

RING = KeyRing({3: b"k" * 32}, 3, b"b" * 32)
PHONE = "13812345678"


@given(st.text(max_size=200), st.text(max_size=60))
def test_what_was_sealed_for_a_place_opens_there(text: str, where: str) -> None:
    sealed = RING.seal(text, where)
    assert RING.open(sealed, where) == text
    assert key_of(sealed) == 3


def test_a_sealed_text_opens_in_no_other_row_and_not_when_it_was_altered() -> None:
    sealed = RING.seal(PHONE, place("person.phone", 1))
    assert PHONE not in sealed
    with pytest.raises(SealError, match="altered"):
        RING.open(sealed, place("person.phone", 2))
    flipped = sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1]
    with pytest.raises(SealError):
        RING.open(flipped, place("person.phone", 1))


def test_one_text_is_sealed_differently_each_time() -> None:
    assert RING.seal(PHONE, "p") != RING.seal(PHONE, "p")


@pytest.mark.parametrize("text", ["", "plain", "yz1.3", "yz1.x.AAAA", "yz1.3.A", "yz1.3.AAAA", "yz2.3.AAAA"])
def test_what_is_no_sealed_text_is_refused(text: str) -> None:
    with pytest.raises(SealError):
        RING.open(text, "p")


def test_a_text_of_a_key_that_is_not_known_yet_says_so() -> None:
    other = KeyRing({4: b"o" * 32}, 4, b"b" * 32)
    with pytest.raises(UnknownKeyError):
        RING.open(other.seal("x", "p"), "p")


@pytest.mark.parametrize(
    "written", ["13812345678", "+86 138 1234 5678", "0086-138-1234-5678", "１３８１２３４５６７８"]
)
def test_one_phone_written_in_several_ways_has_one_look_up_value(written: str) -> None:
    assert RING.blind("phone", written) == RING.blind("phone", PHONE)
    assert RING.blind("phone", written) != RING.blind("id_number", PHONE)


def test_the_check_letter_of_an_id_number_may_be_small() -> None:
    assert RING.blind("id_number", "32110019900101001x") == RING.blind("id_number", "32110019900101001X")


@pytest.mark.db
async def test_a_second_program_finds_the_keys_of_the_first(core: Core, database: Database) -> None:
    del database
    again = await open_keyring(core.secret, core.now())
    assert again.open(core.keyring.seal(PHONE, "p"), "p") == PHONE
    assert again.blind("phone", PHONE) == core.keyring.blind("phone", PHONE)
    for row in await DataKey.all():
        assert len(bytes.fromhex(row.wrapped)) > 32, "wrapped, with a tag"


@pytest.mark.db
async def test_another_secret_opens_no_key_and_the_program_says_so(core: Core, clock: HandClock) -> None:
    with pytest.raises(SettingsError, match="secret file"):
        await open_keyring(bytes(len(core.secret)), clock.now())


@pytest.mark.db
async def test_a_process_learns_a_key_that_another_one_made(core: Core) -> None:
    other = await open_keyring(core.secret, core.now())
    async with transaction():
        await DataKey.filter(purpose="seal").update(state="retiring")
        await new_key(core.secret, core.now(), purpose="seal", state="current")
    await refresh(other, core.secret)
    sealed = other.seal(PHONE, "p")
    with pytest.raises(UnknownKeyError):
        core.keyring.open(sealed, "p")
    await refresh(core.keyring, core.secret)
    assert core.keyring.open(sealed, "p") == PHONE
    assert core.keyring.is_current(sealed)
