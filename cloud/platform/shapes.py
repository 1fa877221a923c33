"""What REST takes and answers, as models: the same ones judge, answer and stand in the OpenAPI document.

A route names the models of its body and its query (cloud/web/route.py); they are read before its handler is called,
which gets them by `body_of` and `query_of`. Bodies are read strictly: a type that is made from a text by a
BeforeValidator returns the finished value.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from cloud.platform.errors import FieldError, InvalidInputError
from cloud.platform.problems import ProblemError
from protocols.errors import DocumentError
from protocols.venue.strict_json import load_object


def _whole(value: object) -> object:
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS):
        raise ValueError("a whole number is needed")
    return value


def _day(value: object) -> object:
    """Take a date as it is written; pydantic alone takes `0` for the first of January 1970."""
    if isinstance(value, str):
        if not _DATE.fullmatch(value):
            raise ValueError("a date such as 2026-03-02 is needed")
        return date.fromisoformat(value)
    return value


_MAX_DIGITS: Final = 18
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
#: For a whole number in a query: digits only.
DIGITS: Final = BeforeValidator(_whole)
#: A date, in a query or a body.
Day = Annotated[date, BeforeValidator(_day)]
#: What is looked for: no control characters, which PostgreSQL would refuse.
SearchText = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
UuidText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
#: A time as the documents write it.
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]

Model = TypeVar("Model", bound=BaseModel)
Item = TypeVar("Item")

_BODY: Final = web.RequestKey("body", BaseModel)
_QUERY: Final = web.RequestKey("query", BaseModel)


class Shape(BaseModel):
    """Base of what is answered: a member that the model does not name is an error of ours, not left out silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)  # built when first used: there are 400


class Asked(BaseModel):
    """Base of what is taken: a member that nobody reads is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Page(Shape, Generic[Item]):
    """A part of a list; `next` is the `cursor` (or `after`) of what follows, null at the end."""

    items: list[Item]
    next: str | int | None


async def read_typed(request: web.Request, body: type[BaseModel] | None, query: type[BaseModel] | None) -> None:
    """Read what the route takes into the request; InvalidInputError or ProblemError when it does not fit."""
    if query is not None:
        request[_QUERY] = parse(query, _single(request))
    if body is not None:
        request[_BODY] = await read_body(request, body)


def body_of(request: web.Request, model: type[Model]) -> Model:
    """Return the body, which the route says is a `model`."""
    return _given(request.get(_BODY), model)


def query_of(request: web.Request, model: type[Model]) -> Model:
    """Return the query, which the route says is a `model`."""
    return _given(request.get(_QUERY), model)


async def read_body(request: web.Request, model: type[Model]) -> Model:
    """Return the JSON object in the body as a model; numbers, texts and truth values are not taken for each other."""
    if request.content_type != "application/json":
        raise ProblemError(415, "wrong-content-type", "send application/json")
    data = await request.read()
    try:
        load_object(data)
    except DocumentError as error:
        raise ProblemError(400, "not-json", str(error)) from error
    try:
        return model.model_validate_json(data, strict=True)
    except ValidationError as error:
        raise _unfit(error) from error


def parse(model: type[Model], values: Mapping[str, Any]) -> Model:
    """Return `values` as a model; InvalidInputError names each field that does not fit."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _unfit(error) from error


def _unfit(error: ValidationError) -> InvalidInputError:
    problems = error.errors(include_url=False, include_input=False)
    fields = {_place_of(problem["loc"]): problem["msg"].removeprefix("Value error, ") for problem in problems}
    text = "; ".join(f"{place}: {text}" for place, text in fields.items())
    return InvalidInputError(text, fields, field_errors(error))


def field_errors(error: ValidationError) -> list[FieldError]:
    """Return what does not fit, by field: a stable code and Chinese words. A validator's own words stay."""
    return [
        FieldError(_place_of(one["loc"]), *_said(one["type"], one["msg"], one.get("ctx", {})))
        for one in error.errors(include_url=False, include_input=False)
    ]


def _place_of(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)


def _said(kind: str, message: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Return (code, words) of an error: those of a validator of ours, which are Chinese, or of the library's kind."""
    if kind == "value_error":
        return "invalid", message.removeprefix("Value error, ")
    code, words = (kind, "") if _CHINESE.search(message) else _KINDS.get(kind, (kind, ""))
    return code, words.format_map(context) if words else message


_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")


#: Kind of error of the validating library -> (our code, words with the values of its context).
_KINDS: Final[dict[str, tuple[str, str]]] = {
    "missing": ("missing", "请填写"),
    "string_too_short": ("missing", "请填写"),
    "string_too_long": ("too_long", "内容太长，最多 {max_length} 个字"),
    "too_long": ("too_long", "最多 {max_length} 项"),
    "string_pattern_mismatch": ("characters", "含有不能使用的字符"),
    "string_type": ("type", "请写文字"),
    "int_type": ("whole", "请写整数"),
    "int_parsing": ("whole", "请写整数"),
    "int_from_float": ("whole", "请写整数"),
    "greater_than_equal": ("too_small", "不能小于 {ge}"),
    "less_than_equal": ("too_large", "不能大于 {le}"),
    "literal_error": ("choice", "请从列表中选择：{expected}"),
    "date_type": ("date", "请写日期，如 2026-03-02"),
    "date_parsing": ("date", "请写日期，如 2026-03-02"),
    "date_from_datetime_parsing": ("date", "请写日期，如 2026-03-02"),
    "date_from_datetime_inexact": ("date", "请写日期，如 2026-03-02"),
    "bool_type": ("type", "请写是或否"),
    "list_type": ("type", "请写成列表"),
    "model_type": ("type", "请写成对象"),
    "model_attributes_type": ("type", "请写成对象"),
    "dict_type": ("type", "请写成对象"),
    "extra_forbidden": ("unknown", "没有这个字段"),
}


def _single(request: web.Request) -> dict[str, str]:
    """Return the parameters of the query, each of which comes once."""
    values = dict(request.query)
    if len(values) != len(request.query):
        twice = {name: "given twice" for name in values if len(request.query.getall(name)) > 1}
        raise InvalidInputError(f"given twice: {', '.join(twice)}", twice)
    return values


def _given(found: BaseModel | None, model: type[Model]) -> Model:
    if not isinstance(found, model):
        raise TypeError(f"the route names no {model.__name__}")
    return found
