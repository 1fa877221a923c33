"""A registration remembers the QR that led to it: a registration point's own, or that of a post or a wall."""

import pytest

from cloud.people.registration.models import Profile
from tests.cloud.people.sample import in_by_code
from tests.cloud.running import Running

pytestmark = pytest.mark.broker


@pytest.mark.parametrize(
    ("scanned", "typed", "kept"),
    [
        ("qr:wall:market-hall-north-entrance-wall-1", "", "qr:wall:market-hall-north-entrance-wall-1"),
        ("qr:nowhere:x", "", ""),
        ("", "no-such-code", ""),
        ("", "qr:bad", ""),
    ],
)
async def test_a_registration_after_a_scan_says_where_the_code_stood(
    running: Running, scanned: str, typed: str, kept: str
) -> None:
    opened = await in_by_code(running.core)
    headers = {"Cookie": f"yz_me={opened.secret}; yz_source={scanned}", "Authorization": ""}
    form = {"csrf": opened.visitor.csrf, "born": "1990-03-07", "from": typed}
    response = await running.call("POST", "/my/register?q=born", headers=headers, data=form, allow_redirects=False)
    assert response.status in {302, 303}
    profile = await Profile.get(person_id=opened.visitor.id)
    assert (profile.source, profile.scanned) == ("", kept)
