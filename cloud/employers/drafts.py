"""What is said of a firm's user, as it is sent; what is answered."""

from uuid import UUID

from cloud.identity.assurance import FirmRole
from cloud.identity.phones import Mobile, Name
from cloud.platform.shapes import Asked, Page, Shape


class MemberDraft(Asked):
    """A new user of a firm."""

    name: Name
    phone: Mobile
    role: FirmRole


class SwitchBody(Asked):
    """Which firm to act for."""

    firm: UUID


class MemberDocument(Shape):
    """A user of a firm, his phone masked."""

    id: str
    name: str
    phone: str
    role: FirmRole
    since: str
    last_login: str | None


class FirmChoice(Shape):
    """A firm that the caller may act for."""

    id: str
    name: str
    role: FirmRole
    current: bool


class EmployerDocument(Shape):
    """The firm that a session acts for, and the others that it could."""

    member: str
    role: FirmRole
    firm: str
    name: str
    firms: list[FirmChoice]


class EmployerSession(Shape):
    """A new session; `token` is told once and goes into `Authorization: Bearer`."""

    token: str
    member: str
    role: FirmRole
    firm: str


MemberPage = Page[MemberDocument]
