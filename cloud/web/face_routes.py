"""URLs of faces: the console's pages and REST, the phone's page, and where a station fetches a long list."""

from typing import Final

from cloud.identity.roles import PUBLIC
from cloud.people.faces import api, desk, phone, shapes
from cloud.platform.shapes import Page
from cloud.web.route import Route

_REFUSED: Final = frozenset({403, 404, 409, 422})
_DONE: Final = {204: None}

#: Before those of people: `/people/faces` is no person.
FACE_ROUTES: Final = (
    Route("GET", "/people/faces", "person.read", desk.overview_page),
    Route("GET", "/people/faces/looks", "person.read", desk.looks_page),
    Route("POST", "/people/faces/looks/{id}", "person.write", desk.correct),
    Route("POST", "/people/faces/staff", "account.write", desk.link_staff),
    Route("POST", "/people/faces/staff/{account}/unlink", "account.write", desk.unlink_staff),
    Route("GET", "/my/face", "me.read", phone.face_page),
    Route("POST", "/my/face", "me.write", phone.save),
    Route("POST", "/my/face/looks/{id}", "me.write", phone.deny),
    Route("GET", "/galleries/{station}/{rev}.json", PUBLIC, api.fetch_list, file="application/json"),
    Route("GET", "/api/v1/faces", "person.read", api.get_faces, responses={200: shapes.FacesShown}),
    Route("GET", "/api/v1/faces/erasures", "person.read", api.list_erasures,
          query=shapes.ErasuresQuery, responses={200: Page[shapes.ErasureShown]}),
    Route("GET", "/api/v1/faces/looks", "person.read", api.list_looks,
          query=shapes.LooksQuery, responses={200: Page[shapes.LookShown]}),
    Route("POST", "/api/v1/faces/looks/{id}/correction", "person.write", api.correct_look,
          body=shapes.CorrectionBody, responses=_DONE, problems=_REFUSED),
    Route("GET", "/api/v1/faces/staff", "account.read", api.list_staff, responses={200: Page[shapes.StaffShown]}),
    Route("PUT", "/api/v1/faces/staff/{account}", "account.write", api.link_staff,
          body=shapes.StaffBody, responses=_DONE, problems=_REFUSED),
    Route("DELETE", "/api/v1/faces/staff/{account}", "account.write", api.unlink_staff, responses=_DONE,
          problems=_REFUSED),
    Route("GET", "/api/v1/seeker/face", "me.read", api.get_own, responses={200: shapes.OwnFaceShown}),
    Route("POST", "/api/v1/seeker/face/looks/{id}/denial", "me.write", api.deny_look, responses=_DONE,
          problems=_REFUSED),
)  # fmt: skip
