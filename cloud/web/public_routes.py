"""URLs of the public: jobseekers' own records, kiosks, firms' users; each names the act that it is (assurance.py)."""

from typing import Final

from cloud.employers import api as employers
from cloud.employers import desk_api as firms
from cloud.employers import pages as portal
from cloud.employers import portal as papers
from cloud.employers.drafts import (
    CaseDraft,
    EmployerDocument,
    EmployerSession,
    MemberDocument,
    MemberDraft,
    MemberPage,
    OwnPosts,
    Registration,
    SwitchBody,
    VerificationShown,
)
from cloud.employers.service import MAX_UPLOAD_BYTES
from cloud.fairs import api_others as events
from cloud.fairs.drafts import OwnBoothAsked
from cloud.fairs.shapes import ArrivalShown, BoothShown, OwnFairShown
from cloud.identity.public_shapes import CodeBody, PhoneBody, PhoneCodeBody, Sent
from cloud.identity.roles import PUBLIC
from cloud.jobs import public_pages as live
from cloud.people import api as people
from cloud.people import pages, shapes
from cloud.platform.shapes import Page
from cloud.policies import public_pages as news
from cloud.policies.shapes import NewsShown
from cloud.web.route import Route, Upload

_CODE_SENT: Final = {202: Sent}
_OPENED: Final = {201: shapes.SessionDocument}
_PROVED: Final = {200: shapes.ProofDocument}
_DONE: Final = {204: None}
#: What may be wrong with a code, a proof, a service outside.
_REFUSED: Final = frozenset({403, 409, 429, 503})

SEEKER: Final = (
    Route("GET", "/api/v1/seeker/consent-texts", PUBLIC, people.list_texts, responses={200: shapes.ConsentTextPage}),
    Route(
        "POST", "/api/v1/seeker/codes", PUBLIC, people.send_login_code,
        body=PhoneBody, responses=_CODE_SENT, problems=_REFUSED,
    ),
    Route(
        "POST", "/api/v1/seeker/sessions", PUBLIC, people.log_in,
        body=shapes.CodeLogin, responses=_OPENED, problems=_REFUSED,
    ),
    Route(
        "POST", "/api/v1/seeker/sessions/wechat", PUBLIC, people.log_in_wechat,
        body=shapes.WechatBody, responses=_OPENED, problems=_REFUSED, before=people.exchange_wechat,
    ),
    Route("DELETE", "/api/v1/seeker/session", "me.read", people.log_out, responses=_DONE),
    Route("GET", "/api/v1/seeker", "me.read", people.get_self, responses={200: shapes.SelfDocument}),
    Route("GET", "/api/v1/seeker/identity", "me.reveal", people.get_open, responses={200: shapes.OpenDocument}),
    Route("GET", "/api/v1/seeker/export", "me.read", people.get_export, responses={200: shapes.ExportDocument}),
    Route(
        "POST", "/api/v1/seeker/consents", "me.write", people.agree,
        body=shapes.ConsentBody, responses={200: shapes.SelfDocument}, problems=_REFUSED,
    ),
    Route(
        "DELETE", "/api/v1/seeker/consents/{purpose}", "me.write", people.withdraw,
        responses=_DONE, problems=_REFUSED | {422},
    ),
    Route(
        "POST", "/api/v1/seeker/proofs/codes", "me.read", people.send_proof_code,
        responses=_CODE_SENT, problems=_REFUSED,
    ),
    Route(
        "POST", "/api/v1/seeker/proofs/code", "me.read", people.prove_code,
        body=CodeBody, responses=_PROVED, problems=_REFUSED,
    ),
    Route(
        "POST", "/api/v1/seeker/proofs/card", "me.read", people.prove_card,
        body=shapes.CardBody, responses=_PROVED, problems=_REFUSED,
    ),
    Route(
        "POST", "/api/v1/seeker/proofs/face", "me.read", people.prove_face,
        body=shapes.FaceLogin, responses=_PROVED, problems=_REFUSED,
    ),
    Route(
        "POST", "/api/v1/seeker/proofs/name", "me.read", people.prove_name,
        body=shapes.NameBody, responses=_PROVED, problems=_REFUSED, before=people.ask_real_name,
    ),
    Route(
        "POST", "/api/v1/seeker/phone/codes", "me.phone", people.send_new_phone_code,
        body=PhoneBody, responses=_CODE_SENT, problems=_REFUSED,
    ),
    Route(
        "PUT", "/api/v1/seeker/phone", "me.phone", people.change_phone,
        body=PhoneCodeBody, responses=_PROVED, problems=_REFUSED,
    ),
    Route(
        "PUT", "/api/v1/seeker/wechat", "me.write", people.link_wechat,
        body=shapes.WechatBody, responses=_DONE, problems=_REFUSED, before=people.exchange_wechat,
    ),
    Route("DELETE", "/api/v1/seeker/wechat", "me.write", people.unlink_wechat, responses=_DONE),
    Route(
        "POST", "/api/v1/seeker/erasure", "me.erase", people.erase,
        body=shapes.ErasureBody, responses={200: shapes.ErasureDocument}, problems=_REFUSED,
    ),
    Route("GET", "/api/v1/erasures", "erasure.read", people.list_erasures, responses={200: shapes.ErasurePage}),
)  # fmt: skip

EVENTS: Final = (
    Route(
        "POST", "/api/v1/seeker/fairs/{code}/arrival", "me.write", events.check_in,
        responses={200: ArrivalShown}, problems=_REFUSED | {404},
    ),
    Route(
        "GET", "/api/v1/employer/fairs", "employer.read", events.list_own_fairs,
        responses={200: Page[OwnFairShown]}, problems=_REFUSED,
    ),
    Route(
        "POST", "/api/v1/employer/fairs/{id}/booth", "employer.fairs", events.ask_booth,
        body=OwnBoothAsked, responses={201: BoothShown}, problems=_REFUSED | {404},
    ),
    Route(
        "DELETE", "/api/v1/employer/fairs/{id}/booth", "employer.fairs", events.withdraw_booth,
        responses=_DONE, problems=_REFUSED | {404},
    ),
)  # fmt: skip

KIOSK: Final = (
    Route(
        "POST", "/api/v1/kiosk/codes", "kiosk.open", people.kiosk_send_code,
        body=PhoneBody, responses=_CODE_SENT, problems=_REFUSED,
    ),
    Route(
        "POST", "/api/v1/kiosk/sessions/code", "kiosk.open", people.kiosk_code,
        body=shapes.CodeLogin, responses=_OPENED, problems=_REFUSED,
    ),
    Route(
        "POST", "/api/v1/kiosk/sessions/card", "kiosk.open", people.kiosk_card,
        body=shapes.CardLogin, responses=_OPENED, problems=_REFUSED,
    ),
    Route(
        "POST", "/api/v1/kiosk/sessions/face", "kiosk.open", people.kiosk_face,
        body=shapes.FaceLogin, responses=_OPENED, problems=_REFUSED | {404, 429},
    ),
    Route("GET", "/api/v1/kiosk/notices", "kiosk.open", news.kiosk_news, responses={200: Page[NewsShown]}),
    Route("DELETE", "/api/v1/kiosk/session", "kiosk.open", people.kiosk_end, responses=_DONE),
)  # fmt: skip

EMPLOYER: Final = (
    Route(
        "POST", "/api/v1/employer/codes", PUBLIC, employers.send_code,
        body=PhoneBody, responses=_CODE_SENT, problems=_REFUSED,
    ),
    Route(
        "POST", "/api/v1/employer/sessions", PUBLIC, employers.log_in,
        body=PhoneCodeBody, responses={201: EmployerSession}, problems=_REFUSED,
    ),
    Route("DELETE", "/api/v1/employer/session", "employer.read", employers.log_out, responses=_DONE),
    Route(
        "GET", "/api/v1/employer", "employer.read", employers.get_employer,
        responses={200: EmployerDocument}, problems=_REFUSED,
    ),
    Route(
        "POST", "/api/v1/employer/firm", "employer.read", employers.switch,
        body=SwitchBody, responses={201: EmployerSession}, problems=_REFUSED | {404},
    ),
    Route(
        "GET", "/api/v1/employer/members", "employer.read", employers.list_own,
        responses={200: MemberPage}, problems=_REFUSED,
    ),
    Route(
        "POST", "/api/v1/employer/members", "employer.members", employers.add_own,
        body=MemberDraft, responses={201: MemberDocument}, problems=_REFUSED,
    ),
    Route(
        "DELETE", "/api/v1/employer/members/{id}", "employer.members", employers.remove_own,
        responses=_DONE, problems=_REFUSED | {404},
    ),
    Route(
        "POST", "/api/v1/employer/firms", PUBLIC, firms.register,
        body=Registration, responses={201: EmployerSession}, problems=_REFUSED | {422},
    ),
    Route(
        "GET", "/api/v1/employer/verification", "employer.read", firms.get_own,
        responses={200: VerificationShown}, problems=_REFUSED,
    ),
    Route(
        "PUT", "/api/v1/employer/verification", "employer.papers", firms.put_own_details,
        body=CaseDraft, responses={200: VerificationShown}, problems=_REFUSED,
    ),
    Route(
        "PUT", "/api/v1/employer/papers/{kind}", "employer.papers", firms.put_own_paper,
        responses={200: VerificationShown}, problems=_REFUSED, before=firms.draw_paper,
        upload=Upload(MAX_UPLOAD_BYTES, firms.PICTURES),
    ),
    Route(
        "POST", "/api/v1/employer/verification/submit", "employer.papers", firms.submit,
        responses={200: VerificationShown}, problems=_REFUSED,
    ),
    Route(
        "POST", "/api/v1/employer/verification/take-back", "employer.papers", firms.take_back,
        responses={200: VerificationShown}, problems=_REFUSED,
    ),
    Route("GET", "/api/v1/employer/posts", "employer.read", firms.list_own_posts, responses={200: OwnPosts}),
    Route(
        "POST", "/api/v1/employer/posts/{id}/confirm", "employer.posts", firms.confirm_own_post,
        responses={200: OwnPosts}, problems=_REFUSED | {404},
    ),
    Route("GET", "/api/v1/firms/{id}/members", "firm.read", employers.list_members, responses={200: MemberPage}),
    Route(
        "POST", "/api/v1/firms/{id}/members", "firm.write", employers.add_member,
        body=MemberDraft, responses={201: MemberDocument}, problems=frozenset({409, 422}),
    ),
    Route(
        "DELETE", "/api/v1/firms/{id}/members/{member}", "firm.write", employers.remove_member,
        responses=_DONE, problems=frozenset({404, 409}),
    ),
)  # fmt: skip

PAGES: Final = (
    Route("GET", "/my/login", PUBLIC, pages.login_page),
    Route("POST", "/my/codes", PUBLIC, pages.send_code),
    Route("POST", "/my/login", PUBLIC, pages.log_in),
    Route("POST", "/my/logout", "me.read", pages.log_out),
    Route("GET", "/my", "me.read", pages.mine),
    Route("POST", "/my/consents", "me.write", pages.save_consent),
    Route("GET", "/my/copy", "me.read", pages.copy_page),
    Route("GET", "/my/copy.json", "me.read", pages.copy_file),
    Route("GET", "/my/erase", "me.read", pages.erase_page),
    Route("POST", "/my/prove/codes", "me.read", pages.send_proof_code),
    Route("POST", "/my/prove", "me.read", pages.prove),
    # What is missing is said on the page; the service refuses without it.
    Route("POST", "/my/erase", "me.write", pages.erase),
    Route("GET", "/employer/login", PUBLIC, portal.login_page),
    Route("POST", "/employer/codes", PUBLIC, portal.send_code),
    Route("POST", "/employer/login", PUBLIC, portal.log_in),
    Route("POST", "/employer/logout", "employer.read", portal.log_out),
    Route("GET", "/employer", "employer.read", portal.firm_page),
    Route("POST", "/employer/firm", "employer.read", portal.switch),
    Route("POST", "/employer/members", "employer.members", portal.add_member),
    Route("POST", "/employer/members/{id}/remove", "employer.members", portal.remove_member),
    Route("GET", "/employer/register", PUBLIC, papers.register_page),
    Route("POST", "/employer/register/codes", PUBLIC, papers.send_code),
    Route("POST", "/employer/register", PUBLIC, papers.register),
    Route("GET", "/employer/papers", "employer.read", papers.papers_page),
    Route("POST", "/employer/papers", "employer.papers", papers.save_details),
    Route("POST", "/employer/papers/submit", "employer.papers", papers.submit),
    Route("POST", "/employer/papers/take-back", "employer.papers", papers.take_back),
    Route(
        "POST", "/employer/papers/{kind}", "employer.papers", papers.keep_picture,
        before=papers.draw_picture, upload=Upload(MAX_UPLOAD_BYTES + 64 * 1024),
    ),
    Route("GET", "/employer/papers/{case}/{kind}", "employer.papers", papers.own_picture),
    Route("GET", "/employer/posts", "employer.read", papers.posts_page),
    Route("POST", "/employer/posts/{id}/confirm", "employer.posts", papers.confirm_post),
)  # fmt: skip

POSTS: Final = (
    Route("GET", "/p", PUBLIC, live.list_page),
    Route("GET", "/p/qr.svg", PUBLIC, live.list_qr),
    Route("GET", "/p/{id}", PUBLIC, live.post_page),
    Route("GET", "/p/{id}/qr.svg", PUBLIC, live.post_qr),
)

PUBLIC_ROUTES: Final = (*PAGES, *POSTS, *SEEKER, *EVENTS, *KIOSK, *EMPLOYER)
