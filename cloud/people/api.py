"""REST of jobseekers' own records and of kiosks.

A refusal that counts a try is answered, not raised: what a handler raises is undone, and with it the count.
"""

from typing import Final

from aiohttp import web

from cloud.identity import public
from cloud.identity.public import Opened, Visitor
from cloud.identity.public_shapes import CodeBody, PhoneBody, PhoneCodeBody
from cloud.identity.realname import RealName, real_name_check
from cloud.identity.replies import asker_of, sent
from cloud.identity.wechat import wechat_login
from cloud.people import service, shapes
from cloud.platform.http import answer
from cloud.platform.keys import CORE, VISITOR
from cloud.platform.problems import ProblemError, problem_response
from cloud.platform.shapes import body_of

_OPENID: Final = web.RequestKey("openid", str)
_NAME: Final = web.RequestKey("real_name", RealName)


async def exchange_wechat(request: web.Request) -> None:
    """Ask WeChat who the code belongs to, before the transaction."""
    code = body_of(request, shapes.WechatBody).code
    request[_OPENID] = await wechat_login(request.app[CORE].settings).openid_of(code)


async def ask_real_name(request: web.Request) -> None:
    """Ask the service whether name and number belong together, before the transaction."""
    core, body = request.app[CORE], body_of(request, shapes.NameBody)
    identity = service.read_identity(core, body.name, body.id_number)
    request[_NAME] = await real_name_check(core.settings).check(identity.name, identity.number.text, body.ticket)


async def list_texts(request: web.Request) -> web.Response:
    """GET /api/v1/seeker/consent-texts: the texts that people are asked to agree to."""
    items = [
        shapes.ConsentTextDocument(
            purpose=purpose,
            version=text.version,
            title=text.title,
            summary=text.summary,
            text=text.body,
            sha256=text.sha256,
            required=service.PURPOSES[purpose].required,
        )
        for purpose, text in service.consent_texts(request.app[CORE]).items()
    ]
    return answer(shapes.ConsentTextPage(items=items, next=None))


async def send_login_code(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/codes: send a code to a phone."""
    phone = body_of(request, PhoneBody).phone
    await public.send_code(request.app[CORE], phone, "login", asker_of(request))
    return sent()


async def log_in(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/sessions: open a session by phone code."""
    body = body_of(request, shapes.CodeLogin)
    return opened(await service.log_in_by_code(request.app[CORE], body.phone, body.code, body.consents))


async def log_in_wechat(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/sessions/wechat: open a session of who linked this WeChat user."""
    return opened(await service.log_in_by_wechat(request.app[CORE], request[_OPENID]))


async def log_out(request: web.Request) -> web.Response:
    """DELETE /api/v1/seeker/session: end the session."""
    await public.end_session(request[VISITOR])
    return web.Response(status=204)


async def get_self(request: web.Request) -> web.Response:
    """GET /api/v1/seeker: masked."""
    core, visitor = request.app[CORE], request[VISITOR]
    person = await service.read_masked(core, visitor)
    consents = [shapes.ConsentDocument(**row) for row in await service.consents_of(visitor.id)]
    return answer(
        shapes.SelfDocument(
            person=shapes.PersonDocument(**person),
            assurance=visitor.assurance,
            consents=consents,
            real_name_check=real_name_check(core.settings).provider,
        )
    )


async def get_open(request: web.Request) -> web.Response:
    """GET /api/v1/seeker/identity: name, ID number, phone and address in the open."""
    return answer(shapes.OpenDocument(**await service.reveal_own(request.app[CORE], request[VISITOR])))


async def get_export(request: web.Request) -> web.Response:
    """GET /api/v1/seeker/export: everything that is kept; without a proved card the ID number stays masked."""
    return answer(shapes.ExportDocument(**await service.export_own(request.app[CORE], request[VISITOR])))


async def agree(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/consents: agree to purposes."""
    core, visitor = request.app[CORE], request[VISITOR]
    await service.give_consents(core, visitor.id, body_of(request, shapes.ConsentBody).purposes, channel_of(visitor))
    return await get_self(request)


async def withdraw(request: web.Request) -> web.Response:
    """DELETE /api/v1/seeker/consents/{purpose}: withdraw a consent."""
    await service.withdraw_consent(request.app[CORE], request[VISITOR].id, request.match_info["purpose"])
    return web.Response(status=204)


async def send_proof_code(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/proofs/codes: to the caller's own phone."""
    core = request.app[CORE]
    await public.send_code(core, await service.phone_of(core, request[VISITOR]), "prove", asker_of(request))
    return sent()


async def prove_code(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/proofs/code: prove the phone again with a code."""
    code = body_of(request, CodeBody).code
    return proved(await service.prove_by_code(request.app[CORE], request[VISITOR], code))


async def prove_card(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/proofs/card: from the kiosk at which the session is."""
    body, core, visitor = body_of(request, shapes.CardBody), request.app[CORE], at_kiosk(request)
    identity = service.read_identity(core, body.name, body.id_number, body.address)
    return proved(await service.prove_by_card(core, visitor, identity))


async def prove_face(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/proofs/face: from the kiosk at which the session is."""
    visitor = at_kiosk(request)
    return proved(await service.prove_by_face(request.app[CORE], visitor, body_of(request, shapes.FaceLogin).person))


async def prove_name(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/proofs/name: what the real-name service says."""
    core, body = request.app[CORE], body_of(request, shapes.NameBody)
    identity, provider = service.read_identity(core, body.name, body.id_number), real_name_check(core.settings).provider
    return proved(await service.prove_by_name(core, request[VISITOR], identity, provider, request[_NAME]))


async def send_new_phone_code(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/phone/codes: to the phone that is to be the caller's."""
    phone = body_of(request, PhoneBody).phone
    await public.send_code(request.app[CORE], phone, "prove", asker_of(request))
    return sent()


async def change_phone(request: web.Request) -> web.Response:
    """PUT /api/v1/seeker/phone: take another phone."""
    body = body_of(request, PhoneCodeBody)
    return proved(await service.change_phone(request.app[CORE], request[VISITOR], body.phone, body.code))


async def link_wechat(request: web.Request) -> web.Response:
    """PUT /api/v1/seeker/wechat: link a WeChat user."""
    await service.link_wechat(request.app[CORE], request[VISITOR], request[_OPENID])
    return web.Response(status=204)


async def unlink_wechat(request: web.Request) -> web.Response:
    """DELETE /api/v1/seeker/wechat: forget the WeChat user."""
    await public.unlink(request[VISITOR].id, "wechat")
    return web.Response(status=204)


async def erase(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/erasure: delete the caller everywhere."""
    body_of(request, shapes.ErasureBody)
    core, visitor = request.app[CORE], request[VISITOR]
    return answer(shapes.ErasureDocument.model_validate(await service.erase(core, visitor, channel_of(visitor))))


async def list_erasures(request: web.Request) -> web.Response:
    """GET /api/v1/erasures: the newest, for the staff."""
    del request
    items = [shapes.ErasureDocument.model_validate(row) for row in await service.list_erasures()]
    return answer(shapes.ErasurePage(items=items, next=None))


async def kiosk_send_code(request: web.Request) -> web.Response:
    """POST /api/v1/kiosk/codes: send a code to a phone."""
    phone = body_of(request, PhoneBody).phone
    await public.send_code(request.app[CORE], phone, "login", asker_of(request))
    return sent()


async def kiosk_code(request: web.Request) -> web.Response:
    """POST /api/v1/kiosk/sessions/code: open a session by phone code."""
    body, kiosk = body_of(request, shapes.CodeLogin), request[VISITOR]
    return opened(await service.log_in_by_code(request.app[CORE], body.phone, body.code, body.consents, kiosk))


async def kiosk_card(request: web.Request) -> web.Response:
    """POST /api/v1/kiosk/sessions/card: open a session by the card that was read."""
    body, core = body_of(request, shapes.CardLogin), request.app[CORE]
    identity = service.read_identity(core, body.name, body.id_number, body.address)
    return opened(await service.log_in_by_card(core, request[VISITOR], identity, body.consents))


async def kiosk_face(request: web.Request) -> web.Response:
    """POST /api/v1/kiosk/sessions/face: open a session of whom the terminal recognised."""
    person = body_of(request, shapes.FaceLogin).person
    return opened(await service.log_in_by_face(request.app[CORE], request[VISITOR], person))


async def kiosk_end(request: web.Request) -> web.Response:
    """DELETE /api/v1/kiosk/session: whoever was there has gone."""
    await public.end_session_at(request[VISITOR])
    return web.Response(status=204)


def channel_of(visitor: Visitor) -> service.Channel:
    """Return where a visitor is."""
    return "kiosk" if visitor.station else "phone"


def at_kiosk(request: web.Request) -> Visitor:
    """Return the visitor if he stands at a kiosk: cards and faces are believed from nowhere else."""
    visitor = request[VISITOR]
    if not visitor.station:
        raise ProblemError(403, "kiosk-only", "请到站点的自助机上刷身份证或刷脸")
    return visitor


def opened(found: Opened | ProblemError) -> web.Response:
    """Return a new session; its secret is kept in no store of answers."""
    if isinstance(found, ProblemError):
        return problem_response(found)
    visitor = found.visitor
    idle_s = int(public.LIFETIMES["kiosk" if visitor.station else visitor.kind][0].total_seconds())
    document = shapes.SessionDocument(
        token=found.secret, person=visitor.name, assurance=visitor.assurance, idle_s=idle_s
    )
    return answer(document, 201)


def proved(found: Visitor | ProblemError) -> web.Response:
    """Return how sure a session is now."""
    if isinstance(found, ProblemError):
        return problem_response(found)
    return answer(shapes.ProofDocument(person=found.name, assurance=found.assurance))
