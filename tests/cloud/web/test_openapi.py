"""The OpenAPI document is valid, complete, and served as it is made of the route table."""

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from cloud.identity.assurance import ACTS
from cloud.identity.roles import PERMISSIONS, PUBLIC
from cloud.platform.http import API_PREFIX
from cloud.web.openapi import Document
from cloud.web.routes import ROUTES
from tests.cloud.running import Running

API = [route for route in ROUTES if route.path.startswith(API_PREFIX)]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return Document(ROUTES).value


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_route_of_the_interface_is_an_operation_with_its_permission(document: dict[str, Any]) -> None:
    operations = [(path, method) for path, item in document["paths"].items() for method in item]
    assert sorted(operations) == sorted((route.path, route.method.lower()) for route in API)
    for route in API:
        operation = document["paths"][route.path][route.method.lower()]
        if route.permission == PUBLIC:
            assert operation["security"] == []
        else:
            assert f"`{route.permission}`" in operation["description"]
            assert {"401", "403"} <= operation["responses"].keys()


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(document: dict[str, Any]) -> None:
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert [one["operationId"] for one in operations if one["summary"].startswith(("GET", "POST", "PUT"))] == []


def test_every_route_of_the_interface_names_the_models_of_what_it_answers() -> None:
    assert [route.path for route in API if not route.responses] == []


def test_every_route_says_who_may_call_it() -> None:
    strangers = [route.path for route in ROUTES if route.permission not in {*PERMISSIONS, *ACTS, PUBLIC}]
    assert strangers == []


def test_no_two_routes_have_the_same_address() -> None:
    places = [(route.method, route.path) for route in ROUTES]
    assert len(set(places)) == len(places)


@pytest.mark.broker
async def test_the_document_is_served_to_everybody(running: Running, document: dict[str, Any]) -> None:
    response = await running.call("GET", "/api/v1/openapi.json", headers={"Authorization": ""})
    assert response.status == 200
    assert await response.json() == document
