"""Settings: environment over file over defaults; whatever cannot work is said with what to write."""

import stat
from pathlib import Path

import pytest

from cloud.platform.errors import SettingsError
from cloud.platform.settings import SECRET_BYTES, load_secret, load_settings


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    file = tmp_path / "core.toml"
    file.write_text('http_port = 8081\nhttp_host = "127.0.0.2"\n')
    settings = load_settings(file, {"YIZHAN_HTTP_PORT": "8082", "PATH": "/bin", "YIZHAN_TEST_POSTGRES_URL": "x"})
    assert (settings.http_port, settings.http_host, settings.mqtt_url) == (8082, "127.0.0.2", "embedded")


@pytest.mark.parametrize(
    ("environment", "hint"),
    [
        ({"YIZHAN_HTTP_PROT": "1"}, "did you mean YIZHAN_HTTP_PORT"),
        ({"YIZHAN_ZZZ": "1"}, "known: "),
        ({"YIZHAN_HTTP_PORT": "ten"}, "YIZHAN_HTTP_PORT (from the environment)"),
        ({"YIZHAN_HTTP_PORT": "70000"}, "YIZHAN_HTTP_PORT"),
        ({"YIZHAN_DATABASE_URL": "mysql://x"}, "sqlite:///FILE"),
        ({"YIZHAN_MQTT_URL": "localhost:1883"}, "mqtt://host:1883"),
        ({"YIZHAN_MQTT_URL": "mqtt://"}, "mqtt://host:1883"),
    ],
)
def test_a_setting_that_cannot_work_is_named(environment: dict[str, str], hint: str) -> None:
    with pytest.raises(SettingsError, match="YIZHAN_") as caught:
        load_settings(None, environment)
    assert hint in str(caught.value)


@pytest.mark.parametrize("text", ["http_prot = 1", "http_port = ", '\ufeff"'])
def test_a_file_that_cannot_work_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "core.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"core\.toml"):
        load_settings(file, {})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read"):
        load_settings(tmp_path / "none.toml", {})


def test_the_secret_is_made_once_and_for_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / "new" / "secret"
    secret = load_secret(file)
    assert len(secret) == SECRET_BYTES
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_secret(file) == secret
    assert load_secret(tmp_path / "other") != secret


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"too short")
    with pytest.raises(SettingsError, match="remove it"):
        load_secret(file)
