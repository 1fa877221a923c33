"""The door of people: what other packages may use."""

from cloud.people.access import (
    change_phone,
    link_wechat,
    log_in_by_card,
    log_in_by_code,
    log_in_by_face,
    log_in_by_wechat,
    phone_of,
    prove_by_card,
    prove_by_code,
    prove_by_face,
    prove_by_name,
)
from cloud.people.consents import (
    FACE,
    PURPOSES,
    TERMS,
    WITHDRAWN,
    consent_texts,
    consents_of,
    give_consents,
    has_consent,
    withdraw_consent,
)
from cloud.people.contacts import PersonContacts
from cloud.people.doors import BarredError, admission, require_admission
from cloud.people.faces.galleries import Galleries
from cloud.people.faces.tombstones import CHANGED as FACES_CHANGED
from cloud.people.faces.upkeep import forget_before as forget_faces
from cloud.people.faces.upkeep import keep_up as keep_up_faces
from cloud.people.figures import composition, seeking
from cloud.people.guidance.cases import count_cases, training_intentions
from cloud.people.guidance.catalogue import STARTUP_KINDS, list_offers
from cloud.people.guidance.keeping import forget_services
from cloud.people.holders import HOLDERS, KEPT
from cloud.people.ledger_rows import (
    employment_rows,
    guidance_rows,
    placement_rows,
    registration_rows,
    startup_rows,
    training_rows,
)
from cloud.people.own import export_own, read_masked, reveal_own
from cloud.people.persons import (
    MERGED,
    Channel,
    Identity,
    UnderAgeError,
    count_persons,
    find_by_id_number,
    find_by_phone,
    get_person,
    masked,
    person_ids,
    read_identity,
    revealed,
)
from cloud.people.placements.follow_ups import make_follow_ups
from cloud.people.placements.period import key_group_placed
from cloud.people.placements.placements import PROVED
from cloud.people.registration.flags import groups_on
from cloud.people.registration.profiles import CHANGED as PROFILE_CHANGED
from cloud.people.registration.profiles import REGISTERED, note_recommended, read_profile
from cloud.people.subjects import (
    ERASED,
    erase,
    erase_person,
    export,
    files_of,
    follow,
    list_erasures,
    retry_followers,
)

__all__ = [
    "ERASED",
    "FACE",
    "FACES_CHANGED",
    "HOLDERS",
    "KEPT",
    "MERGED",
    "PROFILE_CHANGED",
    "PROVED",
    "PURPOSES",
    "REGISTERED",
    "STARTUP_KINDS",
    "TERMS",
    "WITHDRAWN",
    "BarredError",
    "Channel",
    "Galleries",
    "Identity",
    "PersonContacts",
    "UnderAgeError",
    "admission",
    "change_phone",
    "composition",
    "consent_texts",
    "consents_of",
    "count_cases",
    "count_persons",
    "employment_rows",
    "erase",
    "erase_person",
    "export",
    "export_own",
    "files_of",
    "find_by_id_number",
    "find_by_phone",
    "follow",
    "forget_faces",
    "forget_services",
    "get_person",
    "give_consents",
    "groups_on",
    "guidance_rows",
    "has_consent",
    "keep_up_faces",
    "key_group_placed",
    "link_wechat",
    "list_erasures",
    "list_offers",
    "log_in_by_card",
    "log_in_by_code",
    "log_in_by_face",
    "log_in_by_wechat",
    "make_follow_ups",
    "masked",
    "note_recommended",
    "person_ids",
    "phone_of",
    "placement_rows",
    "prove_by_card",
    "prove_by_code",
    "prove_by_face",
    "prove_by_name",
    "read_identity",
    "read_masked",
    "read_profile",
    "registration_rows",
    "require_admission",
    "retry_followers",
    "reveal_own",
    "revealed",
    "seeking",
    "startup_rows",
    "training_intentions",
    "training_rows",
    "withdraw_consent",
]
