"""One line of the route table: the router, the permission matrix and the OpenAPI document are made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from cloud.identity.guard import Before
from cloud.identity.roles import Access
from cloud.platform.http import Handler


@dataclass(frozen=True, slots=True)
class Upload:
    """A body that is a file: how large, and as which media types REST takes it; a page sends multipart/form-data."""

    max_bytes: int
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One URL: who may call it, what it takes, what it answers.

    `responses` names the model of each answer that is no problem document, None where it has no JSON body; problem
    documents follow from what the route is (cloud/web/openapi.py), `problems` adds those of its own.
    `before` runs ahead of a write's transaction.
    An `upload` may be larger than other bodies and take longer; `file` is the media type of an answer that is one.
    What is `versioned` carries an ETag; who reads it may send If-None-Match, who writes If-Match.
    """

    method: str
    path: str
    permission: Access
    handler: Handler
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    responses: Mapping[int, type[BaseModel] | None] = field(default_factory=dict)
    problems: frozenset[int] = frozenset()
    before: Before | None = None
    versioned: bool = False
    upload: Upload | None = None
    file: str = ""
