"""Posts of the market, in the words that employers use; some must not be published as they are."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, Literal

from provisioning.market.firms import Firm, make_firm
from provisioning.market.words import Bag, Trade, dice, pick, places, trades_of, words

#: `unlawful` must be blocked and `review` looked at; `repost` is a post taken over from elsewhere, `duplicate` the same
#: vacancy written again.
Kind = Literal["lawful", "unlawful", "review", "repost", "duplicate"]

_KIND: Final = 2
_KINDS: Final[Bag[Kind]] = Bag(
    [("lawful", 80.0), ("unlawful", 4.0), ("review", 5.0), ("repost", 6.0), ("duplicate", 5.0)]
)
#: Posts are put up on every day of a year alike: post n on day n * _STEP, which has no common divisor with the days.
DAYS: Final = 365
_STEP: Final = 251
_BACK: Final = pow(_STEP, -1, DAYS)
#: Form of work by the unit that it is paid by.
_FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "month": ("full_time",),
    "day": ("temporary", "temporary", "project"),
    "hour": ("part_time",),
    "piece": ("project", "temporary"),
}
_HEADCOUNTS: Final = Bag([(1, 30), (2, 25), (3, 15), (5, 15), (10, 10), (20, 4), (50, 1)])
_COPIES: Final = frozenset({"repost", "duplicate"})
#: A copy comes within so many days; a draw that meets no lawful post is repeated so often.
_COPY_DAYS: Final = 20
_TRIES: Final = 5
#: Of the unlawful posts this share says nothing wrong but pays too little.
_UNDERPAID: Final = 0.2
#: Below the minimum of every place: what an unlawful wage pays, fen by unit.
_TOO_LITTLE: Final[Mapping[str, int]] = {"month": 180_000, "day": 8_000, "hour": 1_500}


@dataclass(frozen=True, slots=True)
class Post:
    """A post; `rule` is what the gate must find in it, `of` the post that it copies, `day` when it is put up."""

    number: int
    kind: Kind
    firm: int
    trade: Trade
    day: date
    body: Mapping[str, Any]
    rule: str | None = None
    of: int | None = None

    def draft(self, firm_id: str) -> dict[str, Any]:
        """Return the body of POST /api/v1/posts for the firm that the service knows as `firm_id`."""
        return {"firm": firm_id, **self.body}


def make_post(seed: int, number: int, firms: int, first: date) -> Post:
    """Return the `number`-th post of a market with `firms` firms whose year begins on `first`."""
    die = dice(seed, _KIND, number)
    kind = _KINDS.draw(die)
    if kind in _COPIES:
        original = _original(die, seed, number, firms, first)
        if original:
            return _copy(die, original, number, kind, first)
    post = _first(die, seed, number, firms, first)
    if kind == "unlawful":
        return _unlawful(die, post)
    return _doubtful(die, post) if kind == "review" else post


def day_of(number: int) -> int:
    """Return the day of the year, from 0, on which a post is put up."""
    return number * _STEP % DAYS


def posts_of(day: int, posts: int) -> range:
    """Return the numbers below `posts` that are put up on a day of the year."""
    return range(day * _BACK % DAYS, posts, DAYS)


def _first(die: random.Random, seed: int, number: int, firms: int, first: date) -> Post:
    """Return a lawful post that is nobody's copy."""
    firm = make_firm(seed, int(die.random() ** 1.5 * firms))  # a few employers have many posts
    day = first + timedelta(days=day_of(number))
    trade = trades_of(firm.industry).draw(die)
    if die.random() * 2 > trade.season[day.month - 1]:
        trade = trades_of(firm.industry).draw(die)  # out of season: perhaps something else
    return Post(number, "lawful", firm.number, trade, day, _body(die, firm, trade, day))


def _original(die: random.Random, seed: int, number: int, firms: int, first: date) -> Post | None:
    """Return a lawful post of the weeks before; None when there is none yet."""
    for _ in range(_TRIES):
        day = (day_of(number) - int(die.random() * _COPY_DAYS)) % DAYS
        found = number - ((number - day * _BACK) % DAYS or DAYS)
        other = dice(seed, _KIND, found) if found >= 0 and day <= day_of(number) else None
        if other and _KINDS.draw(other) == "lawful":
            return _first(other, seed, found, firms, first)
    return None


def _copy(die: random.Random, original: Post, number: int, kind: Kind, first: date) -> Post:
    day = first + timedelta(days=day_of(number))
    body = {**original.body, **_validity(day, 30)}
    if kind == "repost":
        body["source"] = pick(die, words()["post"]["sources"])
    else:
        body["title"] = _title(die, original.trade)
        body["requirements"] = "；".join(reversed(body["requirements"].split("；")))
    return Post(number, kind, original.firm, original.trade, day, body, of=original.number)


def _body(die: random.Random, firm: Firm, trade: Trade, day: date) -> dict[str, Any]:
    table = words()
    unit = pick(die, tuple(trade.pay))
    form = pick(die, _FORMS[unit])
    district, street = pick(die, places())
    address = pick(die, table["post"]["addresses"]).format(n=1 + int(die.random() * 200))
    duties = [*die.sample(trade.duties, 2), pick(die, table["post"]["general"])]
    return {
        "title": _title(die, trade),
        "occupation": trade.occupation,
        "headcount": _HEADCOUNTS.draw(die),
        "requirements": "；".join(duties),
        "skills": list(trade.skills),
        "place": {"district": district, "address": street + address},
        "hours": pick(die, table["hours"][form]),
        "pay": _pay(die, trade, unit, pick(die, table["methods"][unit])),
        "form": form,
        **_validity(day, pick(die, (7, 15, 30, 30, 60))),
        "contact": firm.contact(),
        "source": None,
    }


def _title(die: random.Random, trade: Trade) -> str:
    table = words()["post"]
    return str(pick(die, table["prefixes"]) + pick(die, trade.titles) + pick(die, table["suffixes"]))


def _pay(die: random.Random, trade: Trade, unit: str, method: str) -> dict[str, Any]:
    least, most = trade.pay[unit]
    step = {"month": 10_000, "day": 1_000, "hour": 100, "piece": 10}[unit]
    low = least + int(die.random() * 0.5 * (most - least)) // step * step
    high = low + int(die.random() * (most - low)) // step * step
    return {"min_fen": low, "max_fen": high, "unit": unit, "method": method}


def _validity(day: date, days: int) -> dict[str, str]:
    return {"valid_from": day.isoformat(), "valid_to": (day + timedelta(days=days)).isoformat()}


def _unlawful(die: random.Random, post: Post) -> Post:
    pay = post.body["pay"]
    if pay["unit"] in _TOO_LITTLE and die.random() < _UNDERPAID:
        little = _TOO_LITTLE[pay["unit"]]
        body = {**post.body, "pay": {**pay, "min_fen": little, "max_fen": little}}
        return replace(post, kind="unlawful", body=body, rule="minimum_wage")
    rule, body = _with_sentence(die, post.body, words()["unlawful"])
    return replace(post, kind="unlawful", body=body, rule=rule)


def _doubtful(die: random.Random, post: Post) -> Post:
    rule, body = _with_sentence(die, post.body, words()["review"])
    return replace(post, kind="review", body=body, rule=rule)


def _with_sentence(
    die: random.Random, body: Mapping[str, Any], rules: Mapping[str, Sequence[str]]
) -> tuple[str, dict[str, Any]]:
    """Return a rule and the body with a sentence against it in place of the general one, which may say the opposite."""
    rule = pick(die, tuple(rules))
    duties = body["requirements"].split("；")[:-1]
    return rule, {**body, "requirements": "；".join([*duties, pick(die, rules[rule])])}
