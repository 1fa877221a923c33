"""Legal texts for everybody, without a login: the list, each text with its versions, the licence banner."""

import re
from typing import Final

from aiohttp import web

from cloud.legal import wording
from cloud.legal.texts import NAMES, Block, cut
from cloud.platform.errors import NotFoundError
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.web.navigation import home_of
from cloud.web.shell import render

_HASH: Final = re.compile(r"[0-9a-f]{12,64}")


async def texts_page(request: web.Request) -> web.Response:
    """GET /legal."""
    texts = [wording.in_force(request.app[CORE], name) for name in NAMES]
    return _public(request, "legal/texts.html", texts=texts)


async def text_page(request: web.Request) -> web.Response:
    """GET /legal/{name}?sha256=: the wording in force, or an older one by its hash."""
    name, wanted = request.match_info["name"], request.query.get("sha256", "")
    core = request.app[CORE]
    text = wording.in_force(core, name)
    shown = await wording.shown_texts(name)
    if wanted and not text.sha256.startswith(wanted):
        if not _HASH.fullmatch(wanted):
            raise NotFoundError("没有这个版本")
        old = await wording.shown_text(name, wanted)
        return _text(request, old, cut(old.body), shown, old=True)
    return _text(request, text, text.blocks, shown, old=False)


async def licence_page(request: web.Request) -> web.Response:
    """GET /legal/licence: what the law has an operator show (人力资源市场暂行条例 32)."""
    return _public(request, "legal/licence.html", settings=request.app[CORE].settings)


def _text(request: web.Request, text: object, blocks: list[Block], shown: object, *, old: bool) -> web.Response:
    return _public(request, "legal/text.html", text=text, blocks=blocks, shown=shown, old=old)


def _public(request: web.Request, template: str, **context: object) -> web.Response:
    return render(request, template, {"home": home_of(request.get(PRINCIPAL)), **context})
