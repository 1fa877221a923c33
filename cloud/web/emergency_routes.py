"""URLs of emergency notices, in the console and over REST."""

from typing import Final

from cloud.emergency import api, pages, shapes
from cloud.platform.shapes import Page
from cloud.web.route import Route

_STATE: Final = frozenset({404, 409, 422})

EMERGENCY_ROUTES: Final = (
    Route("GET", "/emergencies", "emergency.read", pages.notices_page),
    Route("POST", "/emergencies", "emergency.raise", pages.raise_form),
    Route("GET", "/emergencies/{id}", "emergency.read", pages.notice_page),
    Route("POST", "/emergencies/{id}/lift", "emergency.raise", pages.lift_form),
    Route("GET", "/api/v1/emergencies", "emergency.read", api.list_notices,
          query=shapes.NoticesQuery, responses={200: Page[shapes.NoticeLine]}),
    Route("POST", "/api/v1/emergencies", "emergency.raise", api.raise_notice,
          body=shapes.NoticeDraft, responses={201: shapes.NoticeShown}, problems=frozenset({409, 422})),
    Route("GET", "/api/v1/emergencies/{id}", "emergency.read", api.get_notice, responses={200: shapes.NoticeShown}),
    Route("POST", "/api/v1/emergencies/{id}/lift", "emergency.raise", api.lift_notice,
          responses={200: shapes.NoticeShown}, problems=_STATE),
    Route("GET", "/api/v1/emergency-templates", "emergency.read", api.list_templates,
          responses={200: shapes.TemplatesShown}),
)  # fmt: skip
