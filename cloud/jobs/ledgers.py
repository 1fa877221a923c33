"""Rows of the ledgers of posts and firms (cloud/ledgers/registry.py names their columns)."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from cloud.jobs.contacts import FIRM_PHONE, POST_PHONE
from cloud.jobs.drafts import FORMS
from cloud.jobs.lookup import occupations
from cloud.jobs.models import Firm, Post
from cloud.platform.core import Core
from cloud.platform.keyring import place
from cloud.platform.paging import each
from cloud.web.formats import PAY_UNITS


async def post_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield the posts that were published in a time, with the contact in the open."""
    found = Post.filter(published_at__gte=start, published_at__lt=end).prefetch_related("firm")
    async for post in each(found):
        yield {
            "published_at": post.published_at,
            "title": post.title,
            "firm": post.firm.name,
            "occupation": f"{occupations().get(post.occupation, '')} {post.occupation}".strip(),
            "form": FORMS.get(post.form, post.form),
            "gig": "是" if post.gig else "否",
            "headcount": post.headcount,
            "place": f"{post.district} {post.address}",
            "hours": post.hours,
            "pay_min": post.pay_min_fen,
            "pay_max": post.pay_max_fen,
            "pay_unit": PAY_UNITS[post.pay_unit],
            "pay_method": post.pay_method,
            "valid_from": post.valid_from,
            "valid_to": post.valid_to,
            "source": post.source or "",
            "contact": post.contact_name,
            "phone": _phone(core, POST_PHONE, post),
            "closed_at": post.closed_at,
        }


async def firm_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield the firms that registered in a time, with the contact in the open."""
    async for firm in each(Firm.filter(created_at__gte=start, created_at__lt=end)):
        yield {
            "created_at": firm.created_at,
            "name": firm.name,
            "uscc": firm.uscc,
            "verified": "已核验" if firm.verified else "未核验",
            "posts": await Post.filter(firm_id=firm.id, published_at__lt=end).count(),
            "contact": firm.contact_name,
            "phone": _phone(core, FIRM_PHONE, firm),
        }


def _phone(core: Core, name: str, row: Firm | Post) -> str:
    """Return a contact's whole number; one that an older version left in plain text is that."""
    sealed = row.contact_phone_sealed
    return core.keyring.open(sealed, place(name, row.id)) if sealed else row.contact_phone
