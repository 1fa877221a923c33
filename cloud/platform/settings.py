"""Settings of the core: environment `YIZHAN_*` over `--config FILE.toml` over defaults; an unknown key is an error."""

import contextlib
import difflib
import os
import secrets
import tempfile
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator

from cloud.platform.errors import SettingsError
from cloud.platform.logs import Form
from protocols.venue.document import first_error
from protocols.venue.ids import Id

Role = Literal["web", "ingest", "worker"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

PREFIX: Final = "YIZHAN_"
#: Read by the test suite, not by the core.
_FOREIGN_PREFIX: Final = "YIZHAN_TEST_"
SECRET_BYTES: Final = 32
#: The origin of a setting that no file names.
ENVIRONMENT: Final = "the environment"
Port = Annotated[int, Field(ge=0, le=65_535)]


class Settings(BaseModel):
    """Every setting of the core; `data_dir` holds what has no path of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Path(".state/cloud")
    # Both may hold a password.
    database_url: str = Field(default="", repr=False)
    mqtt_url: str = Field(default="embedded", repr=False)
    mqtt_ca_file: Path | None = None
    mqtt_cert_file: Path | None = None
    mqtt_key_file: Path | None = None
    embedded_mqtt_port: Port = 1883
    #: The last level of the topic that answers to commands come to; `core` itself is a reserved word.
    core_id: Id = "main"
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    #: The market's name, as it stands over its sheets and papers.
    market_name: Annotated[str, Field(min_length=1, max_length=40)] = "零工市场"
    #: Where phones find the public's pages, such as https://jobs.example; without it walls and papers carry no QR.
    public_url: str = ""
    secret_file: Path | None = None
    clock: str = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Form = "json"
    session_idle_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    session_hours: Annotated[int, Field(ge=1, le=72)] = 12
    #: Pages come over HTTPS only: cookies and browsers are told so.
    secure_cookies: bool = False
    #: Requests per second of one token or session, and how many at once.
    rate_per_s: Annotated[float, Field(gt=0, le=100_000)] = 200.0
    rate_burst: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    #: The same of one address whose callers have not signed in.
    rate_stranger_per_s: Annotated[float, Field(gt=0, le=100_000)] = 10.0
    rate_stranger_burst: Annotated[int, Field(ge=1, le=100_000)] = 200
    #: Roles whose people must have a second factor, with commas; none for a demonstration.
    second_factor_roles: str = "admin,manager,finance,purchaser"
    #: Networks of the reverse proxies whose X-Forwarded-For is believed, with commas: 127.0.0.1,10.0.0.0/24
    trusted_proxies: str = ""
    #: An SMS gateway of protocols/sms.py; empty: no short messages.
    notify_sms_url: str = ""
    notify_sms_key_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "yizhan"
    notify_sms_secret_file: Path | None = None
    #: Stands before every text as 【…】.
    notify_sms_sign: Annotated[str, Field(min_length=2, max_length=16)] = "零工驿站"
    notify_wechat_url: str = "https://api.weixin.qq.com"
    #: The mini-program whose subscription messages are sent; empty: none.
    notify_wechat_app_id: str = ""
    notify_wechat_secret_file: Path | None = None
    #: TOML with the ids and approval states of the templates at other providers than the reference gateway.
    notify_templates_file: Path | None = None
    #: Who runs the market and what the law has him show (人力资源市场暂行条例 32, 网络招聘服务管理规定 13).
    operator_name: Annotated[str, Field(max_length=100)] = ""
    operator_contact: Annotated[str, Field(max_length=100)] = ""
    licence_number: Annotated[str, Field(max_length=60)] = ""
    icp_number: Annotated[str, Field(max_length=60)] = ""
    complaint_phone: Annotated[str, Field(max_length=40)] = ""
    #: The operator's own versions of legal texts, laid out like cloud/legal/texts.
    legal_dir: Path | None = None
    #: A service that checks names (none when empty), its name for us, and the file with the shared secret.
    realname_url: str = ""
    realname_app: str = ""
    realname_secret_file: Path | None = None
    #: People with a face template over all stations: a warning, and the number from which the law wants it filed.
    face_warn_people: Annotated[int, Field(ge=1, le=1_000_000)] = 80_000
    face_filing_people: Annotated[int, Field(ge=1, le=1_000_000)] = 100_000
    #: A template whose person was not recognised for so long is deleted.
    face_keep_days: Annotated[int, Field(ge=1, le=3_650)] = 365
    _origin: dict[str, str] = PrivateAttr(default_factory=dict)

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgres://", "postgresql://")):
            raise ValueError("write sqlite:///FILE or postgres://user@host:5432/name")
        return value

    @field_validator("mqtt_url")
    @classmethod
    def _known_broker(cls, value: str) -> str:
        parts = urlsplit(value)
        if value != "embedded" and (parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname):
            raise ValueError("write embedded, mqtt://host:1883 or mqtts://host:8883")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _known_proxies(cls, value: str) -> str:
        for network in _words(value):
            ip_network(network)
        return value

    @property
    def second_factor(self) -> tuple[str, ...]:
        """Return the roles whose people must have a second factor."""
        return _words(self.second_factor_roles)

    @property
    def proxies(self) -> tuple[str, ...]:
        """Return the networks of trusted proxies."""
        return _words(self.trusted_proxies)

    @field_validator("public_url", "notify_sms_url", "notify_wechat_url", "realname_url")
    @classmethod
    def _known_provider(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.username):
            raise ValueError("write https://host, without a name or password in it")
        return value

    def public_link(self, path: str) -> str:
        """Return the address of a page as a phone opens it; an empty text when nobody has said where we are."""
        return f"{self.public_url.rstrip('/')}{path}" if self.public_url else ""

    @property
    def database(self) -> str:
        """Return the database URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'yizhan.db'}"

    @property
    def secret_path(self) -> Path:
        """Return where the secret is kept."""
        return self.secret_file or self.data_dir / "secret"

    def origin_of(self, key: str) -> str:
        """Return where a setting was written: a file, `the environment`, or nothing for a default."""
        return self._origin.get(key, "")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def load_settings(config: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in force; SettingsError names the key and what to write."""
    values: dict[str, object] = {} if config is None else _read_file(config)
    origin = dict.fromkeys(values, str(config))
    for name, value in sorted((os.environ if environment is None else environment).items()):
        if name.startswith(PREFIX) and not name.startswith(_FOREIGN_PREFIX):
            values[name.removeprefix(PREFIX).lower()] = value
            origin[name.removeprefix(PREFIX).lower()] = ENVIRONMENT
    for key in values:
        if key not in Settings.model_fields:
            raise SettingsError(_unknown(key, origin[key]))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        key = str(error.errors()[0]["loc"][0])
        raise SettingsError(f"{PREFIX}{key.upper()} (from {origin.get(key)}): {first_error(error)}") from error
    settings._origin.update(origin)  # noqa: SLF001 - said once, by the one who read it
    return settings


def load_secret(path: Path) -> bytes:
    """Return the secret, the bytes of the file at `path`; made with mode 0600 when there is none (D27)."""
    if path.exists():
        return _read_secret(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".secret-") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
            # Whole or not at all, and the first of several programs wins.
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(file.name)
    except OSError as error:
        raise SettingsError(f"cannot make the secret file {path}: {error.strerror}") from error
    return _read_secret(path)


def read_secret_text(path: Path | None) -> bytes:
    """Return a secret that another party gave us, the text of a file without the white space around it."""
    if path is None:
        raise SettingsError("a service outside is set without the file of its secret (YIZHAN_…_SECRET_FILE)")
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"cannot read the secret file {path}: {error.strerror}") from error
    if not secret:
        raise SettingsError(f"the secret file {path} is empty")
    return secret


def _read_secret(path: Path) -> bytes:
    try:
        secret = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"cannot read the secret file {path}: {error.strerror}") from error
    if len(secret) < SECRET_BYTES:
        raise SettingsError(f"the secret in {path} has less than {SECRET_BYTES} bytes; remove it to get a new one")
    return secret


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error


def _unknown(key: str, origin: str) -> str:
    near = difflib.get_close_matches(key, Settings.model_fields, n=1)
    hint = f"did you mean {PREFIX}{near[0].upper()}?" if near else f"known: {', '.join(sorted(Settings.model_fields))}"
    return f"{PREFIX}{key.upper()} (from {origin}) is not a setting; {hint}"
