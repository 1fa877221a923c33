"""The generated market: the same for the same seed, valid in every number, lawful where it says so, of any size."""

import itertools
import tracemalloc
from collections import Counter
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from cloud.jobs.drafts import FirmDraft, PostDraft
from cloud.jobs.service import occupations, screen_post
from protocols.rules.id_number import ADULT_AGE, WORKING_AGE, age_on, parse_id_number
from provisioning.market import Market
from provisioning.market.numbers import MAX_FIRMS, MAX_PEOPLE, spread
from provisioning.market.words import trades

FIRST = date(2026, 1, 1)
NOON = datetime(2026, 1, 1, 4, tzinfo=UTC)
MARKET = Market(seed=7, first=FIRST)
VERDICTS = {"lawful": "ok", "repost": "ok", "duplicate": "ok", "unlawful": "block", "review": "review"}
seeds = st.integers(0, 2**31)
numbers = st.integers(0, 100_000)


@given(seeds, numbers)
def test_the_same_seed_makes_the_same_market(seed: int, number: int) -> None:
    one, other = (Market(seed, FIRST) for _ in range(2))
    assert one.post(number) == other.post(number)
    assert one.person(number) == other.person(number)
    assert one.firm(number) == other.firm(number)


def test_a_small_market_is_the_beginning_of_a_large_one_and_another_seed_another_market() -> None:
    assert list(MARKET.posts(30)) == list(itertools.islice(MARKET.posts(100_000), 30))
    assert [post.body for post in MARKET.posts(30)] != [post.body for post in Market(8, FIRST).posts(30)]


@given(seeds, st.integers(0, MAX_FIRMS - 1))
def test_every_credit_code_passes_another_librarys_check_and_the_form_of_a_firm(seed: int, number: int) -> None:
    firm = Market(seed, FIRST).firm(number)
    assert uscc.validate(firm.uscc) == firm.uscc
    assert FirmDraft.model_validate(firm.draft()).uscc == firm.uscc


@given(seeds, st.integers(0, MAX_PEOPLE - 1))
def test_every_id_number_is_valid_and_says_what_the_person_is(seed: int, number: int) -> None:
    person = Market(seed, FIRST).person(number)
    read = parse_id_number(person.id_number, FIRST)
    assert (read.birth, read.sex) == (person.birth, person.sex)
    assert ric.calc_check_digit(person.id_number) == person.id_number[-1]
    assert 14 <= age_on(person.birth, FIRST) <= 65


def test_nobody_shares_a_number() -> None:
    people = list(MARKET.people(20_000))
    assert len({person.id_number for person in people}) == len({person.phone for person in people}) == len(people)
    firms = [MARKET.firm(number) for number in range(5_000)]
    assert len({firm.uscc for firm in firms}) == len({firm.name for firm in firms}) == len(firms)


@given(seeds, st.integers(1, 5_000), st.data())
def test_a_spread_number_comes_once(seed: int, size: int, data: st.DataObject) -> None:
    if size % 48_271 == 0:
        return
    one, other = (data.draw(st.integers(0, size - 1)) for _ in range(2))
    assert (spread(one, seed, size) == spread(other, seed, size)) == (one == other)


@given(seeds, numbers)
def test_the_gate_says_of_a_post_what_its_kind_promises(seed: int, number: int) -> None:
    post = Market(seed, FIRST).post(number)
    draft = PostDraft.model_validate(post.draft("0195f3c2-0000-7000-8000-000000000001"))
    screening = screen_post(draft, NOON)
    assert screening["verdict"] == VERDICTS[post.kind], (post.body, screening)


def test_copies_come_within_thirty_days_from_the_same_firm_and_reposts_name_their_source() -> None:
    posts = list(MARKET.posts(4_000))
    copies = [post for post in posts if post.of is not None]
    assert len(copies) > 200
    for copy in copies:
        original = posts[copy.of or 0]
        assert (original.kind, original.firm) == ("lawful", copy.firm)
        assert 0 <= (copy.day - original.day).days < 30
        assert copy.body["place"] == original.body["place"]
        assert (copy.body["source"] is not None) == (copy.kind == "repost")


def test_the_mixture_is_that_of_a_market() -> None:
    kinds = Counter(post.kind for post in MARKET.posts(4_000))
    assert 0.02 < kinds["unlawful"] / 4_000 < 0.07
    assert 0.70 < kinds["lawful"] / 4_000 < 0.90
    ages = [age_on(person.birth, FIRST) for person in MARKET.people(4_000)]
    assert 0 < sum(age < WORKING_AGE for age in ages) < 60
    assert 20 < sum(WORKING_AGE <= age < ADULT_AGE for age in ages) < 150
    assert {trade.occupation for trade in trades().things} <= set(occupations())


def test_a_year_is_in_order_and_has_its_seasons() -> None:
    events = list(MARKET.year(people=2_000, posts=4_000))
    assert [event.at for event in events] == sorted(event.at for event in events)
    applied = Counter(event.at.month for event in events if event.what == "application")
    assert applied[3] > 1.15 * applied[2] / 28 * 31  # before and after the Spring Festival
    posts = {event.post for event in events if event.post is not None}
    assert all(MARKET.post(number).kind == "lawful" for number in itertools.islice(posts, 200))
    assert {event.what for event in events} == {"application", "placement", "ticket", "fair_visit"}
    late = [event for event in events if event.post is not None]
    assert all(MARKET.post(event.post or 0).day <= event.at.date() for event in late[:300])


def test_thousands_of_documents_leave_no_memory_behind() -> None:
    for _ in MARKET.posts(1_000):
        pass  # the tables are read
    tracemalloc.start()
    try:
        for number, _ in enumerate(MARKET.posts(10_000)):
            if number == 1_000:
                early = tracemalloc.get_traced_memory()[0]
        grown = tracemalloc.get_traced_memory()[0] - early
    finally:
        tracemalloc.stop()
    assert grown < 500_000


def test_beyond_what_numbers_can_tell_apart_it_says_so() -> None:
    with pytest.raises(ValueError, match="firms"):
        MARKET.firm(MAX_FIRMS)
    with pytest.raises(ValueError, match="people"):
        MARKET.person(MAX_PEOPLE)
