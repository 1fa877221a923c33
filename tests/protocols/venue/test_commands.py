"""The states of a command, and the digest of a day (W19-W23, D18)."""

import hashlib
import json
from datetime import date, datetime, timedelta, timezone
from typing import get_args

import pytest

from protocols.venue import commands, digests


def test_every_state_has_its_row_and_ended_states_lead_nowhere() -> None:
    states = set(get_args(commands.CommandState))
    assert set(commands.FOLLOWS) == states
    assert {state for state, after in commands.FOLLOWS.items() if not after} == commands.ENDED
    assert states - {"queued", "sent", "timed_out"} == set(commands.REPLY_STATES)


def test_every_open_state_can_still_end_without_an_answer() -> None:
    assert all("timed_out" in after for state, after in commands.FOLLOWS.items() if state not in commands.ENDED)


@pytest.mark.parametrize(("before", "after"), [("queued", "sent"), ("sent", "done"), ("progress", "progress")])
def test_a_lawful_step_is_taken(before: commands.CommandState, after: commands.CommandState) -> None:
    assert commands.step(before, after) == after


@pytest.mark.parametrize(("before", "after"), [("done", "failed"), ("queued", "done"), ("rejected", "accepted")])
def test_an_illegal_step_is_refused(before: commands.CommandState, after: commands.CommandState) -> None:
    with pytest.raises(commands.IllegalTransition, match=f"{before} cannot become {after}"):
        commands.step(before, after)


def test_the_digest_of_an_empty_day_is_the_hash_of_thirty_two_zero_bytes() -> None:
    assert digests.written(digests.START) == "sha256:" + hashlib.sha256(bytes(32)).hexdigest()


def test_the_chain_follows_its_formula_and_ignores_replay_and_spelling() -> None:
    event = {"seq": 1, "replay": False, "data": {"b": "零工", "a": 1.5}}
    text = '{"data":{"a":1.5,"b":"零工"},"seq":1}'
    expected = hashlib.sha256(bytes(32) + hashlib.sha256(text.encode()).digest()).digest()
    chain = digests.extend(digests.START, event)
    assert chain == expected
    assert digests.extend(digests.START, json.loads(json.dumps({**event, "replay": True}))) == chain
    assert digests.written(chain) == "sha256:" + expected.hex()


def test_the_order_of_events_is_part_of_the_digest() -> None:
    one, two = {"seq": 1}, {"seq": 2}
    forwards = digests.extend(digests.extend(digests.START, one), two)
    backwards = digests.extend(digests.extend(digests.START, two), one)
    assert forwards != backwards


def test_days_are_utc_days() -> None:
    midnight = datetime(2026, 3, 2, 7, 59, tzinfo=timezone(timedelta(hours=8)))
    assert digests.day_of(midnight) == date(2026, 3, 1)
