"""Certificates that a jobseeker has; statutory ones are what a post may need."""

from typing import Any
from uuid import UUID

from cloud.identity import audit
from cloud.people.models import Person
from cloud.people.registration.drafts import CertificateBody
from cloud.people.registration.models import PersonCertificate
from cloud.people.registration.origin import Origin
from cloud.people.registration.profiles import certificate_document, settle
from cloud.people.rows import new_id, read_id, seal_text
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, NotFoundError

MAX_CERTIFICATES = 30


async def add_certificate(core: Core, person: Person, body: CertificateBody, origin: Origin) -> dict[str, Any]:
    """Keep a certificate; the registration is judged again."""
    async with core.outbox.transaction():
        if await PersonCertificate.filter(person_id=person.id).count() >= MAX_CERTIFICATES:
            raise ConflictError(f"最多登记 {MAX_CERTIFICATES} 个证书", "too-many")
        row_id = new_id()
        row = await PersonCertificate.create(
            id=row_id, person_id=person.id, name=body.name, issuer=body.issuer, issued_on=body.issued_on,
            valid_to=body.valid_to, number=seal_text(core, "certificate.number", row_id, body.number),
            added_by=origin.by, added_at=core.now(),
        )  # fmt: skip
        await settle(core, person, origin)
        await audit.record(core, origin.by, "certificate.add", f"person:{person.id}", details={"id": str(row_id)})
    return certificate_document(core, row)


async def remove_certificate(core: Core, person: Person, certificate: str, origin: Origin) -> None:
    """Forget a certificate; NotFoundError when it is not this person's."""
    row_id: UUID = read_id(certificate, "certificate")
    async with core.outbox.transaction():
        if not await PersonCertificate.filter(id=row_id, person_id=person.id).delete():
            raise NotFoundError("there is no such certificate")
        await settle(core, person, origin)
        await audit.record(core, origin.by, "certificate.remove", f"person:{person.id}", details={"id": str(row_id)})
