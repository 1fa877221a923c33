"""When a renderer is started anew, what is run, and what the kernel says of a connector."""

from pathlib import Path

import pytest

from devices.driver import SlotConfig
from devices.drivers.wall_page import WallPageDriver
from devices.errors import ConfigurationError
from devices.renderer.chromium import command_line
from devices.renderer.connector import connector_status
from devices.renderer.devtools import attached
from devices.renderer.watchdog import MAX_RESTARTS, WINDOW_S, Restarts, probe
from devices.transport import open_transport
from tests.waiting import free_port


def test_restarts_wait_longer_each_time_and_have_a_bound() -> None:
    now_s = 0.0
    restarts = Restarts(lambda: now_s)
    pauses = []
    for _ in range(MAX_RESTARTS):
        pauses.append(restarts.pause_s())
        restarts.note()
    assert pauses == [0, 1, 2, 4, 8, 16]
    now_s = 60.0
    assert restarts.pause_s() == WINDOW_S - 60
    now_s = WINDOW_S
    assert restarts.pause_s() == 0
    assert restarts.total == MAX_RESTARTS


def test_a_browser_keeps_its_sandbox_unless_it_would_not_start() -> None:
    words = command_line("chromium", "http://127.0.0.1:1/wall/wall", Path("p"), ["--headless=new"], root=False)
    assert words[0] == "chromium"
    assert {"--kiosk", "--remote-debugging-port=0", "--user-data-dir=p", "--headless=new"} <= set(words)
    assert words[-1] == "http://127.0.0.1:1/wall/wall"
    assert "--no-sandbox" not in words
    assert "--no-sandbox" in command_line("chromium", "x", Path("p"), root=True)


@pytest.mark.parametrize(
    ("name", "said", "status"),
    [
        ("HDMI-A-1", "connected\n", "connected"),
        ("card0-HDMI-A-1", "disconnected\n", "disconnected"),
        ("HDMI-A-1", "unknown\n", "unknown"),
        ("HDMI-A-2", "connected\n", "unknown"),
        ("A-1", "connected\n", "unknown"),
    ],
)
def test_a_connector_is_found_by_its_name(name: str, said: str, status: str, tmp_path: Path) -> None:
    (tmp_path / "card0-HDMI-A-1").mkdir()
    (tmp_path / "card0-HDMI-A-1" / "status").write_text(said)
    assert connector_status(name, tmp_path) == status


def test_a_connector_that_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "card0-HDMI-A-1" / "status").mkdir(parents=True)
    assert connector_status("HDMI-A-1", tmp_path) == "unknown"


async def test_a_browser_that_is_not_there_is_frozen() -> None:
    port = free_port()
    verdict = await probe(lambda: attached(port))
    assert (verdict.fault, verdict.content) == ("frozen", "")
    assert str(port) in verdict.text


@pytest.mark.parametrize(
    "options",
    [
        "renderer=firefox",
        "renderer=chromium&devtools=1",
        "renderer=chromium&size=big",
        "devtools=x",
        "devtools=70000",
        "x=1",
    ],
)
def test_an_address_that_cannot_work_says_what_to_write(options: str) -> None:
    with pytest.raises(ConfigurationError):
        WallPageDriver(SlotConfig("st-01", "wall", "wall", f"page:?{options}"), open_transport(f"page:?{options}"))
