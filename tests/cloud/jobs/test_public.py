"""Public pages of posts and their QR codes, which a program of somebody else reads back."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cloud.jobs.drafts import post
from tests.cloud.jobs.test_posts import new_firm
from tests.cloud.running import Running

pytestmark = [pytest.mark.broker]

NOBODY = {"Authorization": ""}


def read_back(picture: Path) -> str:
    """Return what zbarimg reads in a picture."""
    if shutil.which("zbarimg") is None:
        pytest.skip("no zbarimg is installed")
    done = subprocess.run(["zbarimg", "--raw", "-q", str(picture)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def first_page(pdf: bytes, folder: Path) -> Path:
    """Return the first page of a PDF as a picture, drawn by poppler."""
    (folder / "sheet.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-png", "-r", "80", "-singlefile", "sheet.pdf", "page"], cwd=folder, check=True)
    return folder / "page.png"


async def live(running: Running, **members: object) -> str:
    post_id = (await running.post("/api/v1/posts", post(await new_firm(running), **members), 201))["id"]
    await running.post(f"/api/v1/posts/{post_id}/publish")
    return str(post_id)


async def test_a_post_is_open_to_everybody_with_pay_and_place_first(running: Running) -> None:
    source = {"repost": True, "source": "就在江苏", "source_url": "https://example.cn/1"}
    post_id = await live(running, **source)
    answer = await running.call("GET", f"/p/{post_id}?s=wall:st-01", headers=NOBODY)
    text = await answer.text()
    assert answer.status == 200
    assert 0 < text.index("180–220") < text.index("工业园区1号") < text.index("男女不限")
    assert 'href="https://example.cn/1"' in text
    assert answer.cookies["yz_source"].value == "qr:wall:st-01"
    listed = await (await running.call("GET", "/p?q=分拣", headers=NOBODY)).text()
    assert f"/p/{post_id}" in listed
    assert "转自 就在江苏" in listed
    assert f"/p/{post_id}" not in await (await running.call("GET", "/p?district=别处", headers=NOBODY)).text()


async def test_what_is_over_says_so_and_a_draft_is_not_there(running: Running) -> None:
    post_id = await live(running)
    await running.post(f"/api/v1/posts/{post_id}/close")
    over = await running.call("GET", f"/p/{post_id}", headers=NOBODY)
    assert (over.status, "不招人" in await over.text()) == (410, True)
    listed = (await running.get("/api/v1/firms"))["items"][0]["id"]
    draft = (await running.post("/api/v1/posts", post(listed, title="草稿"), 201))["id"]
    for path in (f"/p/{draft}", "/p/nothing", "/p/0195f3c2-0000-7000-8000-000000000009"):
        assert (await running.call("GET", path, headers=NOBODY)).status == 404


async def test_the_sheets_of_a_post_and_of_a_station_are_read_back(running: Running, tmp_path: Path) -> None:
    await running.apply()
    post_id = await live(running)
    root = str(running.client.make_url("")).rstrip("/")
    for path, address in (
        (f"/posts/{post_id}/qr.pdf?s=fair:spring", f"{root}/p/{post_id}?s=fair:spring"),
        ("/venues/st-01/qr.pdf", f"{root}/p?s=station:st-01"),
    ):
        answer = await running.call("GET", path)
        assert answer.status == 200, await answer.text()
        assert read_back(first_page(await answer.read(), tmp_path)) == address
    svg = await (await running.call("GET", f"/p/{post_id}/qr.svg?s=wall:st-01", headers=NOBODY)).text()
    assert re.search(r"<svg[^>]+viewBox|<svg[^>]+width", svg)
    assert (await running.call("GET", "/venues/nowhere/qr")).status == 404
    page = await (await running.call("GET", f"/posts/{post_id}/qr?s=flyer:0302")).text()
    assert "flyer:0302" in page
