"""Field encryption: AES-256-GCM with data keys that are named in the text they sealed, and a blind index by HMAC.

A sealed text is `yz1.<key id>.<base64url of nonce, ciphertext and tag>`; its place (`person.phone:<row id>`) is
authenticated with it, so that what was sealed for one row opens in no other. Where the keys come from is in
cloud/platform/keystore.py.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cloud.platform.errors import CloudError

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
#: How every sealed text begins; the digit is the version of the form.
PREFIX: Final = "yz1."
_SEALED: Final = re.compile(r"yz1\.(\d{1,9})\.([A-Za-z0-9_-]+)")
_IGNORED: Final = re.compile(r"[\s\-()（）·.]+")
_CHINA: Final = re.compile(r"(?:\+|00)?86(?=1[3-9]\d{9}$)")


class SealError(CloudError):
    """A sealed text does not open: it was altered, or it was sealed for another place."""


class UnknownKeyError(SealError):
    """A text is sealed with a key that this process has not learnt yet: try again in a moment."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that holds sealed text, of the model of that name.

    `shown` is the column of its mask, `mask` a key of masks.MASKS; a row whose sealed column is null still has plain
    text there, from an older version. `blind` is the look-up column; `kind` says what the blind index normalises.
    """

    model: str
    column: str
    shown: str = ""
    mask: str = ""
    blind: str = ""
    kind: str = "text"


#: Every column that holds sealed text, by the first half of its place: rotation walks them. Texts that live shorter
#: than keystore.KEEP_RETIRED need no line.
SEALED: Final[dict[str, SealedColumn]] = {
    "firm.phone": SealedColumn("Firm", "contact_phone_sealed", "contact_phone", "phone", kind="phone"),
    "post.phone": SealedColumn("Post", "contact_phone_sealed", "contact_phone", "phone", kind="phone"),
    "person.name": SealedColumn("Person", "name", blind="name_blind"),
    "person.id_number": SealedColumn("Person", "id_number", blind="id_blind", kind="id_number"),
    "person.phone": SealedColumn("Person", "phone", blind="phone_blind", kind="phone"),
    "person.address": SealedColumn("Person", "address"),
    "profile.ability": SealedColumn("Profile", "ability"),
    "profile.contact_phone": SealedColumn("Profile", "contact_phone", blind="contact_blind", kind="phone"),
    "certificate.number": SealedColumn("PersonCertificate", "number"),
    "group_flag.reference": SealedColumn("GroupFlag", "reference"),
    "person_picture.body": SealedColumn("PersonPicture", "body"),
    "guidance_note.content": SealedColumn("GuidanceNote", "content"),
    "guidance_note.next_step": SealedColumn("GuidanceNote", "next_step"),
    "case_step.note": SealedColumn("ServiceCaseStep", "note"),
    "enquiry.question": SealedColumn("ServiceEnquiry", "question"),
    "enquiry.answer": SealedColumn("ServiceEnquiry", "answer"),
    "placement_proof.reference": SealedColumn("PlacementProof", "reference"),
    "placement_proof.answer": SealedColumn("PlacementProof", "answer"),
    "placement_step.note": SealedColumn("PlacementStep", "note"),
    "follow_up.answer": SealedColumn("PlacementFollowUp", "answer"),
    "firm_member.name": SealedColumn("FirmMember", "name"),
    "firm_member.phone": SealedColumn("FirmMember", "phone", blind="phone_blind", kind="phone"),
    "firm_case.operator_name": SealedColumn("FirmCase", "operator_name"),
    "firm_case.operator_id": SealedColumn("FirmCase", "operator_id"),
    "firm_paper.picture": SealedColumn("FirmPaper", "picture"),
    "post_import.file": SealedColumn("PostImport", "file"),
    "linked_identity.name": SealedColumn("LinkedIdentity", "name", blind="name_blind", kind="wechat"),
    "notification.content": SealedColumn("Notification", "content"),
    "notification.phone": SealedColumn("Notification", "phone"),
    "ticket.receipt": SealedColumn("Ticket", "receipt", blind="receipt_blind"),
    "ticket.name": SealedColumn("Ticket", "name"),
    "ticket.phone": SealedColumn("Ticket", "phone", blind="phone_blind", kind="phone"),
    "ticket.text": SealedColumn("Ticket", "text"),
    "ticket.about_words": SealedColumn("Ticket", "about_words"),
    "ticket.result": SealedColumn("Ticket", "result"),
    "ticket_step.note": SealedColumn("TicketStep", "note"),
    "thread.phone": SealedColumn("Thread", "phone", blind="phone_blind", kind="phone"),
    "thread_message.text": SealedColumn("ThreadMessage", "text"),
    "survey_answer.comment": SealedColumn("SurveyAnswer", "comment"),
    "account.totp": SealedColumn("StaffAccount", "totp_secret"),
    "account.totp_waiting": SealedColumn("StaffAccount", "totp_waiting"),
}


def place(name: str, row: object) -> str:
    """Return the place of one row's text, such as `person.phone:0192…`; `name` is a key of SEALED."""
    return f"{name}:{row}"


class KeyRing:
    """The data keys that this process knows; `learn` brings it up to date."""

    def __init__(self, keys: Mapping[int, bytes], current: int, blind_key: bytes) -> None:
        self._ciphers: dict[int, AESGCM] = {}
        self._current = current
        self._blind_key = blind_key
        self.learn(keys, current)

    def __repr__(self) -> str:
        return f"KeyRing(current={self._current}, known={sorted(self._ciphers)})"

    @property
    def current(self) -> int:
        """Return the id of the key that seals."""
        return self._current

    def learn(self, keys: Mapping[int, bytes], current: int) -> None:
        """Take over what the table of keys says now; keys that were erased are forgotten."""
        self._ciphers = {number: AESGCM(key) for number, key in keys.items()}
        self._current = current

    def seal(self, text: str, place: str) -> str:
        """Return `text` sealed for `place` with the current key."""
        nonce, number = os.urandom(NONCE_BYTES), self._current
        body = nonce + self._ciphers[number].encrypt(nonce, text.encode(), _bound(number, place))
        return f"{PREFIX}{number}.{base64.urlsafe_b64encode(body).decode().rstrip('=')}"

    def open(self, sealed: str, place: str) -> str:
        """Return the text that was sealed for `place`; SealError, or UnknownKeyError when the key is new here."""
        number, body = _taken_apart(sealed)
        cipher = self._ciphers.get(number)
        if cipher is None:
            raise UnknownKeyError(f"sealed with key {number}, which this process does not know yet")
        try:
            return cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], _bound(number, place)).decode()
        except (InvalidTag, ValueError) as error:
            raise SealError(f"what is stored at {place} was altered, or was sealed for another place") from error

    def blind(self, kind: str, text: str) -> str:
        """Return the look-up value of a text: equal for equal meanings of one kind, and nothing follows from it."""
        return hmac.new(self._blind_key, f"{kind}\0{normalised(kind, text)}".encode(), hashlib.sha256).hexdigest()

    def is_current(self, sealed: str) -> bool:
        """Return whether a text is sealed with the current key."""
        return key_of(sealed) == self._current


def key_of(sealed: str) -> int:
    """Return the id of the key that a text is sealed with."""
    return _taken_apart(sealed)[0]


def normalised(kind: str, text: str) -> str:
    """Return how two people may write the same thing: `+86 138-1234 5678` and `13812345678` are one phone."""
    found = _IGNORED.sub("", unicodedata.normalize("NFKC", text)).upper()
    return _CHINA.sub("", found) if kind == "phone" else found


def derive(secret: bytes, purpose: str) -> bytes:
    """Return the key of one purpose that belongs to a cloud's secret (HKDF-SHA256, RFC 5869)."""
    info = f"yizhan {purpose}".encode()
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info).derive(secret)


def _taken_apart(sealed: str) -> tuple[int, bytes]:
    """Return (key id, nonce with ciphertext)."""
    found = _SEALED.fullmatch(sealed)
    if found is None:
        raise SealError("what is stored is no sealed text")
    try:
        body = base64.urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4))
    except binascii.Error as error:
        raise SealError("what is stored is no sealed text") from error
    return int(found[1]), body


def _bound(number: int, place: str) -> bytes:
    return f"{PREFIX}{number}\0{place}".encode()
