"""How the OpenAPI document is made of the route table; imported when somebody asks: its library is slow to load.

What a route takes and answers stands in the table; which problems it may answer with follows from what it is.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from openapi_pydantic.v3.v3_1 import (
    Components,
    Header,
    Info,
    MediaType,
    OpenAPI,
    Operation,
    Parameter,
    PathItem,
    Reference,
    RequestBody,
    Response,
    Schema,
    SecurityScheme,
    Tag,
)
from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import models_json_schema

from cloud.identity.assurance import ACTS, NEEDS
from cloud.identity.guard import COOKIE, CSRF_HEADER, KIOSK_HEADER, VISITOR_COOKIE
from cloud.identity.roles import PUBLIC
from cloud.platform.idempotency import HEADER as IDEMPOTENCY_HEADER
from cloud.platform.idempotency import KEY_PATTERN
from cloud.platform.problems import CONTENT_TYPE, TITLES
from cloud.web.route import Route

VERSION: Final = "1"
_REFERENCE: Final = "#/components/schemas/{model}"
_JSON: Final = "application/json"
_PREFIX: Final = "/api/v1/"
#: What a handler's docstring says before it says what it does.
_ADDRESS: Final = re.compile(r"^(?:(?:GET|POST|PUT|DELETE|PATCH) \S+(?: and )?)+(?: \{[^}]*\})*[.:]? ?")
_WORD: Final = re.compile(r"\w+")
_PLACE: Final = re.compile(r"{(\w+)}")
_SAFE: Final = frozenset({"GET", "HEAD"})
#: What a part of a path looks like where it is more than a text.
_PATH_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "day": {"type": "string", "format": "date", "description": "a day of the market, such as 2026-03-02"},
}
#: What may happen to every request: too many of them, no database.
_ALWAYS: Final = frozenset({429, 503})


class WrongField(BaseModel):
    """What is wrong with one field: a stable code, and words for people."""

    field: str
    code: str
    text: str


class ProblemDocument(BaseModel):
    """An error (RFC 9457): `type` is stable, members beyond these belong to it."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    fields: dict[str, str] | None = None
    errors: list[WrongField] | None = None


def document_of(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the document of a table of routes, as JSON knows it."""
    shapes = _Shapes(routes)
    paths: dict[str, dict[str, Operation]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, shapes)
    document = OpenAPI(
        openapi="3.1.0",
        info=Info(title="Yizhan 驿站", version=VERSION, description=_ABOUT),
        paths={path: PathItem(**operations) for path, operations in paths.items()},
        tags=[Tag(name=name) for name in sorted({_tag(route) for route in routes})],
        components=Components(schemas=shapes.schemas, securitySchemes=_SCHEMES),
    )
    found: dict[str, Any] = json.loads(document.model_dump_json(by_alias=True, exclude_none=True, exclude_unset=True))
    # The library's model of a schema loses a `const` or `default` of null; the models' own words are the truth.
    found["components"]["schemas"] = shapes.plain
    return found


class _Shapes:
    """The schemas of every model that the routes name."""

    def __init__(self, routes: Sequence[Route]) -> None:
        named: list[type[BaseModel]] = [ProblemDocument, *_models(routes)]
        models = {f"{model.__module__}.{model.__qualname__}": model for model in named}
        references, definitions = models_json_schema(
            [(models[name], "validation") for name in sorted(models)], by_alias=True, ref_template=_REFERENCE
        )
        self._references = {key[0]: schema["$ref"] for key, schema in references.items()}
        self.plain: dict[str, Any] = definitions["$defs"]
        self.schemas: dict[str, Schema | Reference] = {
            name: Schema.model_validate(schema) for name, schema in self.plain.items()
        }

    def of(self, model: type[BaseModel]) -> Reference:
        """Return the way to a model's schema."""
        return Reference(**{"$ref": self._references[model]})


def _models(routes: Iterable[Route]) -> Iterable[type[BaseModel]]:
    for route in routes:
        if route.body is not None:
            yield route.body
        yield from (model for model in route.responses.values() if model is not None)


def _operation(route: Route, shapes: _Shapes) -> Operation:
    words = _ADDRESS.sub("", (route.handler.__doc__ or "").strip().split("\n\n")[0])
    operation: dict[str, Any] = {
        "operationId": "_".join([route.method.lower(), *_WORD.findall(route.path.removeprefix(_PREFIX))]),
        "summary": (words or route.handler.__name__.replace("_", " ")).removesuffix("."),
        "tags": [_tag(route)],
        "parameters": list(_parameters(route)),
        "responses": {**_answers(route, shapes), **_problems(route, shapes)},
        "security": _security(route),
    }
    if route.permission in ACTS:
        need = NEEDS[route.permission]
        operation["description"] = f"The act `{route.permission}` of a {need.kind}, from assurance `{need.level}` on."
    elif route.permission != PUBLIC:
        operation["description"] = f"Needs the permission `{route.permission}`."
    if route.body is not None:
        operation["requestBody"] = RequestBody(
            content={_JSON: MediaType(media_type_schema=shapes.of(route.body))}, required=True
        )
    if route.upload is not None:
        content = {name: MediaType(media_type_schema=_BINARY) for name in route.upload.types}
        operation["requestBody"] = RequestBody(content=content, required=True)
    return Operation(**operation)


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.permission == PUBLIC:
        return []
    if route.permission not in ACTS:
        return [{"token": []}, {"session": []}]
    if NEEDS[route.permission].kind == "kiosk":
        return [{"visitor": []}]
    return [{"visitor": []}, {"visitor": [], "kiosk": []}, {"public_session": []}]


def _tag(route: Route) -> str:
    return route.handler.__module__.split(".")[1]


def _parameters(route: Route) -> Iterable[Parameter]:
    for name in _PLACE.findall(route.path):
        yield _parameter("path", name, _PATH_SCHEMAS.get(name, {"type": "string"}), required=True)
    if route.query is not None:
        plain = route.query.model_json_schema(ref_template=_REFERENCE)
        for name, schema in plain["properties"].items():
            yield _parameter("query", name, _inlined(schema), required=name in plain.get("required", ()))
    if route.versioned:
        header, words = ("If-None-Match", _READER) if route.method in _SAFE else ("If-Match", _WRITER)
        yield _parameter("header", header, {"type": "string"}, words)
    if route.method not in _SAFE:
        words = "a write that is sent again with the same key is answered again, not done again"
        yield _parameter("header", IDEMPOTENCY_HEADER, {"type": "string", "pattern": KEY_PATTERN}, words)


def _parameter(
    place: str, name: str, schema: Mapping[str, Any], words: str | None = None, *, required: bool = False
) -> Parameter:
    return Parameter.model_validate(
        {"in": place, "name": name, "schema": dict(schema), "description": words, "required": required}
    )


def _inlined(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter, which is a text in the URL: null cannot be sent, it is left out."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return dict(schema)
    return {name: value for name, value in {**schema, **kinds[0]}.items() if name not in {"anyOf", "default"}}


def _answers(route: Route, shapes: _Shapes) -> dict[str, Response]:
    found = {}
    for status, model in route.responses.items():
        content = None if model is None else {_JSON: MediaType(media_type_schema=shapes.of(model))}
        if route.file and model is None:
            content = {route.file: MediaType(media_type_schema=_BINARY)}
        headers: dict[str, Header | Reference] = dict(_HEADERS.get(status, {}))
        if route.versioned:
            headers["ETag"] = Header(description="the version", param_schema=_TEXT)
        found[str(status)] = Response(description=_STATUSES[status], content=content, headers=headers or None)
    if route.versioned and route.method in _SAFE:
        found["304"] = Response(description="you have it")
    return found


def _problems(route: Route, shapes: _Shapes) -> dict[str, Response]:
    statuses = set(_ALWAYS) | route.problems
    if route.permission != PUBLIC:
        statuses |= {401, 403}
    if _PLACE.search(route.path):
        statuses.add(404)
    if route.query is not None or "day" in _PLACE.findall(route.path):
        statuses.add(422)
    if route.body is not None or route.upload is not None:
        statuses |= {415, 422}
    if route.method not in _SAFE:
        statuses |= {400, 403, 408, 409, 413, 422}
    if route.versioned and route.method not in _SAFE:
        statuses.add(412)
    content = {CONTENT_TYPE: MediaType(media_type_schema=shapes.of(ProblemDocument))}
    return {str(status): Response(description=TITLES[status], content=content) for status in sorted(statuses)}


_ABOUT: Final = (
    "REST interface of a hall and its stations. Errors are problem documents (RFC 9457) with a stable `type`; "
    f"lists page by cursor; writes take an {IDEMPOTENCY_HEADER}; a session that writes sends its {CSRF_HEADER}."
)
_STATUSES: Final[dict[int, str]] = {200: "done", 201: "made", 202: "taken; the answer comes later", 204: "done"}
_READER: Final = "the version that is known already"
_WRITER: Final = "the version that is written over; another one in force is refused"
_BINARY: Final = Schema.model_validate({"type": "string", "format": "binary"})
_TEXT: Final = Schema.model_validate({"type": "string"})
_HEADERS: Final[dict[int, dict[str, Header]]] = {
    status: {"Location": Header(description="where to look", param_schema=_TEXT)} for status in (201, 202)
}
_SCHEMES: Final[dict[str, SecurityScheme | Reference]] = {
    "token": SecurityScheme(type="http", scheme="bearer", description="of a program: `yizhan cloud token create`"),
    "visitor": SecurityScheme(type="http", scheme="bearer", description="of a session of the public, or of a kiosk"),
    "kiosk": SecurityScheme(
        type="apiKey", security_scheme_in="header", name=KIOSK_HEADER, description="the kiosk at which a session is"
    ),
    "public_session": SecurityScheme(
        type="apiKey", security_scheme_in="cookie", name=VISITOR_COOKIE, description="of the public's pages"
    ),
    "session": SecurityScheme(type="apiKey", security_scheme_in="cookie", name=COOKIE, description="of the console"),
}
