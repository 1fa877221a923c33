"""The whole market of one seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from provisioning.market.firms import Firm, make_firm
from provisioning.market.people import Person, make_person
from provisioning.market.posts import Post, make_post
from provisioning.market.year import Event, Scope, make_year


@dataclass(frozen=True, slots=True)
class Market:
    """A market of `firm_count` firms whose year begins on `first`; everything is made when it is asked for."""

    seed: int
    first: date
    firm_count: int = 300

    def firm(self, number: int) -> Firm:
        """Return the `number`-th firm."""
        return make_firm(self.seed, number)

    def firms(self) -> Iterator[Firm]:
        """Yield every firm."""
        return (self.firm(number) for number in range(self.firm_count))

    def post(self, number: int) -> Post:
        """Return the `number`-th post; posts have no end."""
        return make_post(self.seed, number, self.firm_count, self.first)

    def posts(self, count: int) -> Iterator[Post]:
        """Yield the first `count` posts."""
        return (self.post(number) for number in range(count))

    def person(self, number: int) -> Person:
        """Return the `number`-th person."""
        return make_person(self.seed, number, self.first)

    def people(self, count: int) -> Iterator[Person]:
        """Yield the first `count` people."""
        return (self.person(number) for number in range(count))

    def year(self, people: int, posts: int) -> Iterator[Event]:
        """Yield what the first `people` people do about the first `posts` posts, in order of time."""
        return make_year(Scope(self.seed, self.first, people, posts, self.firm_count))
