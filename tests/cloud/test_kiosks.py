"""A kiosk gets a token only for a slot that the site file calls a kiosk."""

import pytest

from cloud.fleet.service import apply_site
from cloud.identity import public
from cloud.kiosks import kiosk_token
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError
from provisioning.site import parse_site
from tests.cloud.running import SITE

pytestmark = pytest.mark.db

KIOSK = """
[[stations.slots]]
id = "kiosk-1"
kind = "kiosk"
"""


async def test_a_token_is_for_a_kiosk_of_the_site(core: Core) -> None:
    await apply_site(core, parse_site(SITE + KIOSK))
    kiosk = await public.visitor_of(core, await kiosk_token(core, "st-01/kiosk-1"))
    assert kiosk is not None
    assert kiosk.label == "kiosk:st-01/kiosk-1"
    for name in ("st-01/wall", "st-01/kiosk-2", "st-01", ""):
        with pytest.raises(InvalidInputError, match="no such kiosk"):
            await kiosk_token(core, name)
    with pytest.raises(InvalidInputError, match="days"):
        await kiosk_token(core, "st-01/kiosk-1", 0)
