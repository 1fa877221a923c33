"""What can be wrong with a question to the rules; one subclass per decision that a caller takes."""

from protocols.errors import ProtocolError


class RuleError(ProtocolError):
    """The base of this folder."""


class UnknownSignal(RuleError):  # noqa: N818 - it names what was found
    """Nobody defined this signal or this value of it: refuse the input."""


class BadTable(RuleError):  # noqa: N818 - it names what was found
    """A table of days cannot be read: do not start with it."""


class MissingTable(RuleError):  # noqa: N818 - it names what was found
    """The table of days does not know this year: never guess, ask for the table."""

    def __init__(self, year: int, table: str) -> None:
        super().__init__(f"year {year}: {table} is missing; add its days to the holiday table")
        self.year = year
        self.table = table


class WrongRule(RuleError, ValueError):  # noqa: N818 - it names what was found
    """A local rule says what cannot be: refuse the site file."""


class NeverOpenError(RuleError):
    """The hours leave no working time within any sensible horizon: a deadline cannot be counted."""
