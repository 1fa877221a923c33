"""The parts of the demo that a story does not show when they fail."""

import asyncio
import io
from datetime import date

import pytest

from provisioning.demo.link import link_to
from provisioning.demo.posts import Posts
from provisioning.demo.telling import Teller, strip


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


async def test_a_cut_link_drops_connections_refuses_new_ones_and_can_be_mended() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, link_to("127.0.0.1", port) as link:
        far = int(link.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", far)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        link.cut()
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", far)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
        link.mend()
        reader, writer = await asyncio.open_connection("127.0.0.1", far)
        writer.write(b"again")
        assert await reader.readexactly(5) == b"again"
        writer.close()
        link.cut()
        await asyncio.sleep(0.05)


def test_the_strip_marks_every_ten_minutes_with_the_hours_between() -> None:
    day = "2026-03-02T"
    segments = [
        {"from": f"{day}09:00:00+08:00", "to": f"{day}09:20:00+08:00", "state": "closed"},
        {"from": f"{day}09:20:00+08:00", "to": f"{day}10:30:00+08:00", "state": "open"},
        {"from": f"{day}10:30:00+08:00", "to": f"{day}10:41:00+08:00", "state": "unknown"},
        {"from": f"{day}10:41:00+08:00", "to": f"{day}11:00:00+08:00", "state": "excused"},
    ]
    assert strip(segments) == "09 ××████ 10 ███??–"


def test_a_step_is_told_only_when_it_worked() -> None:
    out = io.StringIO()
    tell = Teller(out)
    with tell.step("the first") as step:
        step.note = "noted"
    with pytest.raises(ValueError, match="no"), tell.step("the second"):
        raise ValueError("no")
    assert tell.told == 1
    assert "the first  noted" in out.getvalue()
    assert "the second" not in out.getvalue()


def test_the_posts_are_complete_and_differ_where_the_gate_looks() -> None:
    posts = Posts.valid_from(date(2026, 3, 2))
    assert set(posts.unlawful) == set(posts.lawful)
    assert posts.unlawful["requirements"] != posts.lawful["requirements"]
    assert all(set(vacancy) == set(posts.lawful) for vacancy in posts.vacancies)
    assert posts.lawful["valid_to"] == "2026-04-01"
