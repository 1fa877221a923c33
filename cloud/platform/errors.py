"""What can go wrong in the cloud, cut by what the caller does next."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of what a caller sent: a stable code, and words for people."""

    field: str
    code: str
    text: str

    def to_object(self) -> dict[str, str]:
        """Return it as REST shows it."""
        return {"field": self.field, "code": self.code, "text": self.text}


class CloudError(Exception):
    """Base of this folder."""


class SettingsError(CloudError):
    """A setting is unknown or has a value that cannot work: the text says what to write."""


class DatabaseError(CloudError):
    """The database cannot be used as it is: the text says what to do."""


class DatabaseUnreachableError(DatabaseError):
    """Nobody answers at the database's address: try again later."""


class LinkDownError(CloudError):
    """The broker is not connected now: what is durable is published again after the next connect."""


class InvalidInputError(CloudError):
    """What a caller sent does not fit; `fields` says what is wrong where, `errors` with a code and Chinese words."""

    def __init__(
        self, text: str, fields: dict[str, str] | None = None, errors: Sequence[FieldError] | None = None
    ) -> None:
        super().__init__(text)
        self.fields = fields or {}
        self.errors = (
            tuple(errors)
            if errors is not None
            else tuple(FieldError(field, "invalid", words) for field, words in self.fields.items())
        )


class NotFoundError(CloudError):
    """There is no such thing."""


class ConflictError(CloudError):
    """The thing is not in a state that allows this; `name` is the stable word of the problem document."""

    def __init__(self, text: str, name: str = "conflict") -> None:
        super().__init__(text)
        self.name = name
