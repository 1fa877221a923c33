"""The codes that the cloud draws are those that a kiosk recognises: by their routes, and read by zbarimg."""

import asyncio
import io
import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
import segno

from cloud.fairs.passes import write_pass
from cloud.web.routes import ROUTES
from protocols.rules.codes import CodeKind, recognise

ID = "0195f3c2-3333-7000-8000-000000000001"
#: Route -> what a kiosk takes its code for.
CODES: dict[str, CodeKind] = {
    "/p": "market",
    "/p/{id}": "post",
    "/my/fairs/{code}": "fair",
    "/notice/{matter}": "notice",
    "/complain/find": "complaint",
    "/events/shows/{id}": "show",
    "/my/start": "registration",
}


@pytest.mark.parametrize(("path", "kind"), CODES.items())
def test_a_page_whose_code_is_printed_is_known_at_the_kiosk(path: str, kind: CodeKind) -> None:
    assert any(route.path == path for route in ROUTES)
    assert recognise(f"https://jobs.example{path.format(id=ID, matter='job-register', code='a1B_2-c3')}").kind == kind


def test_a_pass_is_known_at_the_kiosk() -> None:
    assert recognise(write_pass(b"k" * 32, uuid.UUID(ID), datetime(2026, 3, 2, tzinfo=UTC))).kind == "pass"


@pytest.mark.peer
async def test_zbarimg_reads_the_code_of_a_post_as_the_kiosk_takes_it(tmp_path: Path) -> None:
    if shutil.which("zbarimg") is None:
        pytest.skip("zbarimg (zbar-tools) is not installed")
    kept = io.BytesIO()
    segno.make(f"https://jobs.example/p/{ID}?s=wall:market", error="m", micro=False).save(kept, kind="png", scale=6)
    picture = tmp_path / "post.png"
    picture.write_bytes(kept.getvalue())
    process = await asyncio.create_subprocess_exec(
        "zbarimg", "--quiet", "--raw", "--nodbus", str(picture), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    found = recognise(out.decode().strip())
    assert (found.kind, found.ref, found.source) == ("post", ID, "wall:market")
