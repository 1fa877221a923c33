"""What is printed, all of it public: a post as 岗位小票, what is in force as 一次性告知单 (one-time notice)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from cloud.jobs import service as jobs
from cloud.platform.core import Core
from cloud.platform.errors import NotFoundError
from cloud.platform.papers import typeset
from cloud.platform.times import MARKET_TIME, market_day
from cloud.policies import service as policies
from cloud.web.formats import pay_range, pay_unit
from firmware_profiles.ui.qr import qr_svg
from protocols.venue.slips import PartKind, Slip, slip_of

Kind = Literal["post", "notice"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
#: Lines of a slip's text; what is longer is read on the phone.
MAX_BODY_CHARS: Final = 500


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: what it is called, its title, facts in pairs, its text, where its code leads."""

    kind: Kind
    key: str
    name: str
    title: str
    facts: tuple[tuple[str, str], ...]
    body: str
    path: str
    operator: str

    def slip(self, address: str, now: datetime) -> Slip:
        """Return it for a receipt printer; `address` is what the code opens."""
        body = self.body if len(self.body) <= MAX_BODY_CHARS else f"{self.body[:MAX_BODY_CHARS]}…（全文请扫码）"
        head: list[tuple[PartKind, str]] = [("heading", self.operator)] if self.operator else []
        text: list[tuple[PartKind, str]] = [("rule", ""), ("text", body)] if body else []
        printed = f"{now.astimezone(MARKET_TIME):%Y-%m-%d %H:%M} 打印，以现场和网上公布的为准。"
        parts: list[tuple[PartKind, str]] = [
            *head, ("heading", self.name), ("rule", ""), ("heading", self.title),
            *(("text", f"{label}：{words}") for label, words in self.facts if words),
            *text,
            ("rule", ""), ("qr", address), ("heading", "扫码看全文"),
            ("text", f"{printed}找工作不收任何费用。"),
        ]  # fmt: skip
        return slip_of(*parts)

    async def pdf(self, address: str, made_at: datetime) -> bytes:
        """Return it on A4; equal words and times make equal bytes."""
        data: dict[str, Any] = {
            "name": self.name, "title": self.title, "facts": self.facts, "body": self.body, "operator": self.operator,
            "address": address, "made_at": f"{made_at.astimezone(MARKET_TIME):%Y-%m-%d %H:%M}",
            "qr": qr_svg(address).decode(),
        }  # fmt: skip
        return await typeset("printing/paper", data, made_at=made_at)


async def find_paper(core: Core, kind: str, key: str) -> Paper:
    """Return a paper of something that the public may read; NotFoundError when there is none."""
    if kind == "post":
        return await _job_slip(core, key)
    if kind == "notice":
        return await _notice(core, key)
    raise NotFoundError(f"there is no paper {kind!r}")


async def _job_slip(core: Core, key: str) -> Paper:
    post = await jobs.get_post(key)
    if post["state"] != "published":
        raise NotFoundError("这个岗位没有发布，不能打印")
    pay, place = post["pay"], post["place"]
    facts = (
        ("工资", f"{pay_range(pay['min_fen'], pay['max_fen'])} {pay_unit(pay['unit'])} {pay['method']}"),
        ("地点", f"{place['district']} {place['address']}"),
        ("时间", post["hours"]),
        ("人数", f"{post['headcount']} 人"),
        ("单位", post["firm_name"]),
        ("来源", f"{post['source']} {post['source_url'] or ''}".strip() if post["source"] else ""),
    )
    return Paper(
        "post", post["id"], "岗位小票", post["title"], facts, "", f"/p/{post['id']}", core.settings.operator_name
    )


async def _notice(core: Core, key: str) -> Paper:
    live = await policies.live_one(key, market_day(core.now()))
    if live is None:
        raise NotFoundError("这条内容没有在公布，不能打印")
    text = live.text
    facts = (
        ("对象", text.audience), ("发文机关", text.issuer), ("文号", text.document),
        ("有效期", f"{text.valid_from} 至 {text.valid_to or '长期'}"),
    )  # fmt: skip
    body = f"{text.summary}\n{text.body}"
    operator = core.settings.operator_name
    return Paper("notice", str(live.id), "一次性告知单", text.title, facts, body, f"/news/{live.id}", operator)
