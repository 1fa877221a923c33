"""Settings of a camera: masks, hours, limits, and a password that is in none of them."""

from pathlib import Path

import pytest

from devices.cameras.settings import CameraSettings, masks_of, settings_of
from devices.errors import ConfigurationError, DeviceRefused
from firmware_profiles.registry import profile
from protocols.frames.rtsp import Credentials


def test_what_the_profile_says_by_default_is_what_holds_without_any() -> None:
    assert settings_of(profile("rtsp-camera").defaults()) == CameraSettings() == settings_of({})


def test_masks_are_polygons_of_shares() -> None:
    assert masks_of(" 0,0 0.5,0 0.5,1; 0.1,0.1 1,0.1 1,1 0.1,1;") == (
        ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0)),
        ((0.1, 0.1), (1.0, 0.1), (1.0, 1.0), (0.1, 1.0)),
    )


@pytest.mark.parametrize(
    "settings",
    [{"masks": "0,0 1,1"}, {"masks": "0,0 1,1 2,2"}, {"masks": "0,0 1,1 x,0"}, {"masks": "0,0 1,1 0.5"},
     {"masks": "0,0 1,1 nan,0"}, {"masks": "0,0 1,1 1,0;" * 17}, {"dark_hours": "22-6"}, {"sample_s": "often"},
     {"black_level": None}, {"secret": "../shadow"}],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(DeviceRefused):
        settings_of(settings)


@pytest.mark.parametrize(
    ("hours", "minute", "dark"),
    [("22:00-06:00", 23 * 60, True), ("22:00-06:00", 359, True), ("22:00-06:00", 360, False),
     ("12:00-13:30", 750, True), ("12:00-13:30", 0, False), ("", 0, False)],
)  # fmt: skip
def test_dark_hours_may_go_over_midnight(hours: str, minute: int, dark: bool) -> None:  # noqa: FBT001 - a table
    assert settings_of({"dark_hours": hours}).is_dark_time(minute) is dark


def test_a_secret_is_a_file_and_the_setting_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "hall-cam").write_text("Hik@12345\n", "utf-8")
    assert settings_of({"user": "admin", "secret": "hall-cam"}).who == Credentials("admin", "Hik@12345")
    assert settings_of({"user": "admin"}).who == Credentials("admin", "")
    with pytest.raises(ConfigurationError, match="secret 'door' cannot be read"):
        settings_of({"user": "admin", "secret": "door"})
