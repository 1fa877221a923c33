"""What every control document shares: strict types, ignored unknown members, one way in and one way out."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from protocols.errors import DocumentError
from protocols.venue.strict_json import load_object
from protocols.venue.vocabulary import MAX_INTEGER

#: A count, epoch or sequence number (D2).
Count = Annotated[int, Field(ge=0, lt=MAX_INTEGER)]
#: Like Count, from 1.
Ordinal = Annotated[int, Field(ge=1, lt=MAX_INTEGER)]
#: A UUID in its canonical text form.
Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]


def first_error(error: ValidationError) -> str:
    """Return the first problem of a pydantic error as `place: what is wrong`."""
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}" if place else problem["msg"]


class Document(BaseModel):
    """A control message; members that this version does not know are ignored (D1)."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", populate_by_name=True, defer_build=True)

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        """Return the document in `payload`; a DocumentError says what does not fit."""
        return cls.from_object(load_object(payload))

    @classmethod
    def from_object(cls, value: dict[str, Any]) -> Self:
        """Return the document that a parsed JSON object holds."""
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            raise DocumentError(f"{cls.__name__}: {first_error(error)}") from error

    def to_bytes(self) -> bytes:
        """Return the document as it goes on the wire; optional members that were never set are left out."""
        return self.model_dump_json(by_alias=True, exclude_unset=True).encode()

    def to_object(self) -> dict[str, Any]:
        """Return the document as plain JSON values."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)
