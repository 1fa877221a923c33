"""Which wording of each text is in force, and the memory of every wording that people were shown."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from cloud.legal.models import ShownText
from cloud.legal.texts import NAMES, Text, current, load_texts
from cloud.platform.core import Core
from cloud.platform.database import lock_names, transaction
from cloud.platform.errors import NotFoundError
from cloud.platform.settings import Settings
from cloud.platform.times import market_day


def versions_of(settings: Settings) -> Mapping[str, Sequence[Text]]:
    """Return every version of every text as this operator shows it, oldest first; TextError when a file is broken."""
    return _load(settings.operator_name, settings.operator_contact, settings.complaint_phone, settings.legal_dir)


def in_force(core: Core, name: str) -> Text:
    """Return the wording of today; NotFoundError when there is no such text."""
    if name not in NAMES:
        raise NotFoundError(f"没有这份文件：{name}")
    return current(versions_of(core.settings)[name], today(core))


async def agreed_text(core: Core, name: str) -> Text:
    """Return the wording that a person agrees to now, kept for good: a consent stores its name, version and sha256."""
    text = in_force(core, name)
    await _keep(core, [text])
    return text


async def remember_texts(core: Core) -> None:
    """Keep every wording that is shown from now on."""
    await _keep(core, [in_force(core, name) for name in NAMES])


async def shown_texts(name: str) -> list[ShownText]:
    """Return every wording that was ever shown, newest first."""
    return await ShownText.filter(name=name).order_by("-id")


async def shown_text(name: str, sha256: str) -> ShownText:
    """Return one wording by the beginning of its hash."""
    row = await ShownText.filter(name=name, sha256__startswith=sha256).first()
    if row is None:
        raise NotFoundError("没有这个版本")
    return row


def today(core: Core) -> date:
    """Return the market's date."""
    return market_day(core.now())


async def _keep(core: Core, texts: Sequence[Text]) -> None:
    async with transaction():
        await lock_names([f"shown-text {text.name}" for text in texts])
        known = set(await ShownText.filter(name__in=[text.name for text in texts]).values_list("name", "sha256"))
        for text in texts:
            if (text.name, text.sha256) not in known:
                await ShownText.create(
                    name=text.name,
                    version=text.version,
                    sha256=text.sha256,
                    title=text.title,
                    effective=text.effective,
                    body=text.body,
                    first_shown_at=core.now(),
                )


@lru_cache(maxsize=8)
def _load(operator: str, contact: str, phone: str, extra: Path | None) -> Mapping[str, Sequence[Text]]:
    """Return the texts; files never change under a running process."""
    values = {
        "operator": operator or "本市场运营机构",
        "contact": contact or "各服务窗口",
        "complaint_phone": phone or "（见服务窗口公示）",
    }
    return load_texts(values, extra)
