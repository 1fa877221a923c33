"""URLs of registration, guidance, services and placements, pages and REST: a part of the one table (routes.py)."""

from typing import Final

from cloud.identity.public_shapes import PhoneBody, Sent
from cloud.identity.roles import PUBLIC
from cloud.jobs.reveals import RevealAsked
from cloud.people import own_api as own
from cloud.people.desk import catalogue as offers
from cloud.people.desk import counter as desk
from cloud.people.desk import lists, record
from cloud.people.desk import placements as placed
from cloud.people.guidance import api as guidance
from cloud.people.guidance import shapes as guided
from cloud.people.guidance.drafts import (
    CaseBody,
    EnquiryBody,
    InstitutionBody,
    NoteBody,
    OfferBody,
    OwnCaseBody,
    StepBody,
)
from cloud.people.own_shapes import OwnRecordShown
from cloud.people.phone import pages as my
from cloud.people.placements import api as placements
from cloud.people.placements import shapes as taken
from cloud.people.placements.drafts import ClaimBody, DecisionBody, FollowUpBody, JudgeBody, ProofBody
from cloud.people.registration import api as people
from cloud.people.registration import shapes as registered
from cloud.people.registration.drafts import (
    CertificateBody,
    FlagBody,
    FlagEnd,
    ProfileChange,
    RegistrationBody,
    SourceBody,
)
from cloud.people.registration.pictures import CONTENT_TYPE, MAX_UPLOAD_BYTES, TYPES
from cloud.people.shapes import ConsentBody, ErasureBody, ErasureDocument
from cloud.web.route import Route, Upload

#: A person's age, proof or state may forbid it; what is known already conflicts.
_REFUSED: Final = frozenset({403, 404, 409, 422})
_DONE: Final = {204: None}
#: A picture as REST takes it, the file alone, and as a form sends it.
PICTURE: Final = Upload(MAX_UPLOAD_BYTES, TYPES)
PICTURE_FORM: Final = Upload(MAX_UPLOAD_BYTES)

REGISTRATION: Final = (
    Route("GET", "/api/v1/people", "person.read", people.list_people,
          query=registered.PeopleQuery, responses={200: registered.PersonPage}),
    Route("POST", "/api/v1/people", "person.write", people.register, body=RegistrationBody,
          responses={200: registered.RegisteredShown, 201: registered.RegisteredShown}, problems=_REFUSED),
    Route("POST", "/api/v1/people/codes", "person.write", people.send_code,
          body=PhoneBody, responses={202: Sent}, problems=frozenset({429})),
    Route("GET", "/api/v1/people/statistics", "person.read", people.get_statistics,
          responses={200: registered.StripShown}),
    Route("GET", "/api/v1/people/{id}", "person.read", people.get_record, responses={200: registered.RecordShown}),
    Route("GET", "/api/v1/people/{id}/profile", "person.write", people.get_profile,
          responses={200: registered.ProfileShown}, versioned=True),
    Route("PATCH", "/api/v1/people/{id}/profile", "person.write", people.change_profile, body=ProfileChange,
          responses={200: registered.ProfileShown}, problems=_REFUSED, versioned=True),
    Route("POST", "/api/v1/people/{id}/reveal", "person.reveal", people.reveal,
          body=RevealAsked, responses={200: registered.OpenedShown}),
    Route("POST", "/api/v1/people/{id}/erasure", "person.erase", people.erase,
          body=ErasureBody, responses={200: ErasureDocument}),
    Route("POST", "/api/v1/people/{id}/consents", "person.write", people.give,
          body=ConsentBody, responses={200: registered.RecordShown}, problems=_REFUSED),
    Route("DELETE", "/api/v1/people/{id}/consents/{purpose}", "person.write", people.withdraw,
          responses=_DONE, problems=_REFUSED),
    Route("GET", "/api/v1/groups", "person.read", people.list_groups, responses={200: registered.GroupPage}),
    Route("POST", "/api/v1/people/{id}/groups", "person.write", people.add_flag,
          body=FlagBody, responses={201: registered.FlagShown}, problems=_REFUSED),
    Route("POST", "/api/v1/people/{id}/groups/{flag}/confirmation", "person.write", people.confirm_flag,
          responses={200: registered.FlagShown}, problems=_REFUSED),
    Route("POST", "/api/v1/people/{id}/groups/{flag}/end", "person.write", people.end_flag,
          body=FlagEnd, responses={200: registered.FlagShown}, problems=_REFUSED),
    Route("POST", "/api/v1/people/{id}/certificates", "person.write", people.add_certificate,
          body=CertificateBody, responses={201: registered.CertificateShown}, problems=_REFUSED),
    Route("DELETE", "/api/v1/people/{id}/certificates/{certificate}", "person.write", people.remove_certificate,
          responses=_DONE, problems=_REFUSED),
    Route("POST", "/api/v1/people/{id}/pictures", "person.write", people.keep_picture, before=people.draw_picture,
          upload=PICTURE, responses={201: registered.PictureShown}, problems=_REFUSED | {415}),
    Route("GET", "/api/v1/people/{id}/pictures/{picture}", "person.write", people.show_picture,
          responses={200: None}, file=CONTENT_TYPE),
    Route("GET", "/api/v1/registration-sources", "person.read", people.list_sources,
          query=registered.PeriodQuery, responses={200: registered.SourcePage}),
    Route("POST", "/api/v1/registration-sources", "person.write", people.make_source,
          body=SourceBody, responses={201: registered.SourceShown}, problems=_REFUSED),
    Route("POST", "/api/v1/registration-sources/{code}/end", "person.write", people.end_source,
          responses=_DONE, problems=_REFUSED),
)  # fmt: skip

GUIDANCE: Final = (
    Route("GET", "/api/v1/people/{id}/guidance", "person.read", guidance.list_notes,
          responses={200: guided.NotePage}),
    Route("POST", "/api/v1/people/{id}/guidance", "guidance.write", guidance.write_note,
          body=NoteBody, responses={201: guided.NoteShown}, problems=_REFUSED),
    Route("GET", "/api/v1/people/{id}/services", "person.read", guidance.list_person_cases,
          responses={200: guided.CaseHistoryPage}),
    Route("POST", "/api/v1/people/{id}/services", "guidance.write", guidance.open_case,
          body=CaseBody, responses={201: guided.CaseShown}, problems=_REFUSED),
    Route("GET", "/api/v1/services", "person.read", guidance.list_cases,
          query=guided.CasesQuery, responses={200: guided.CasePage}),
    Route("POST", "/api/v1/services/{id}/steps", "guidance.write", guidance.step_case,
          body=StepBody, responses={200: guided.CaseShown}, problems=_REFUSED),
    Route("GET", "/api/v1/trainings", "offer.read", guidance.list_trainings, responses={200: guided.OfferPage}),
    Route("POST", "/api/v1/trainings", "offer.write", guidance.add_training,
          body=OfferBody, responses={201: guided.OfferShown}, problems=_REFUSED),
    Route("GET", "/api/v1/trainings/intentions", "offer.read", guidance.count_intentions,
          query=registered.PeriodQuery, responses={200: guided.IntentionsShown}),
    Route("GET", "/api/v1/trainings/institutions", "offer.read", guidance.list_institutions,
          responses={200: guided.InstitutionPage}),
    Route("POST", "/api/v1/trainings/institutions", "offer.write", guidance.add_institution,
          body=InstitutionBody, responses={201: guided.InstitutionShown}, problems=_REFUSED),
    Route("PUT", "/api/v1/trainings/institutions/{id}", "offer.write", guidance.change_institution,
          body=InstitutionBody, responses={200: guided.InstitutionShown}, problems=_REFUSED),
    Route("GET", "/api/v1/trainings/enquiries", "offer.read", guidance.list_enquiries,
          query=registered.PeriodQuery, responses={200: guided.EnquiryPage}),
    Route("POST", "/api/v1/trainings/enquiries", "guidance.write", guidance.note_enquiry,
          body=EnquiryBody, responses={201: guided.EnquiryShown}, problems=_REFUSED),
    Route("PUT", "/api/v1/trainings/{id}", "offer.write", guidance.change_training,
          body=OfferBody, responses={200: guided.OfferShown}, problems=_REFUSED),
    Route("GET", "/api/v1/startups", "offer.read", guidance.list_startups, responses={200: guided.OfferPage}),
    Route("POST", "/api/v1/startups", "offer.write", guidance.add_startup,
          body=OfferBody, responses={201: guided.OfferShown}, problems=_REFUSED),
    Route("PUT", "/api/v1/startups/{id}", "offer.write", guidance.change_startup,
          body=OfferBody, responses={200: guided.OfferShown}, problems=_REFUSED),
)  # fmt: skip

PLACEMENTS: Final = (
    Route("GET", "/api/v1/people/{id}/placements", "placement.read", placements.list_person_placements,
          responses={200: taken.PlacementPage}),
    Route("GET", "/api/v1/placements", "placement.read", placements.list_placements,
          query=taken.PlacedQuery, responses={200: taken.PlacedShown}),
    Route("POST", "/api/v1/placements", "placement.write", placements.claim,
          body=ClaimBody, responses={201: taken.PlacementShown}, problems=_REFUSED),
    Route("GET", "/api/v1/placements/{id}", "placement.read", placements.get_placement,
          responses={200: taken.PlacementShown}),
    Route("POST", "/api/v1/placements/{id}/proofs", "placement.write", placements.add_proof,
          body=ProofBody, responses={201: taken.PlacementShown}, problems=_REFUSED),
    Route("GET", "/api/v1/placements/{id}/proofs/{proof}/picture", "placement.read", placements.show_picture,
          responses={200: None}, file=CONTENT_TYPE),
    Route("GET", "/api/v1/employer/placements", "employer.read", placements.list_at_firm,
          responses={200: taken.PlacementLinePage}, problems=_REFUSED),
    Route("POST", "/api/v1/employer/placements/{id}/confirmation", "employer.read", placements.confirm_at_firm,
          responses={200: taken.PlacementLine}, problems=_REFUSED),
    Route("POST", "/api/v1/placements/{id}/withdrawal", "placement.write", placements.withdraw,
          body=JudgeBody, responses={200: taken.PlacementShown}, problems=_REFUSED),
    Route("POST", "/api/v1/placements/{id}/dispute", "placement.judge", placements.dispute,
          body=JudgeBody, responses={200: taken.PlacementShown}, problems=_REFUSED),
    Route("POST", "/api/v1/placements/{id}/decision", "placement.judge", placements.decide,
          body=DecisionBody, responses={200: taken.PlacementShown}, problems=_REFUSED),
    Route("GET", "/api/v1/follow-ups", "placement.read", placements.list_follow_ups,
          query=taken.FollowUpsQuery, responses={200: taken.FollowUpPage}),
    Route("POST", "/api/v1/follow-ups/{id}/answer", "placement.write", placements.answer_follow_up,
          body=FollowUpBody, responses={200: taken.FollowUpShown}, problems=_REFUSED),
)  # fmt: skip

OWN: Final = (
    Route("GET", "/api/v1/seeker/trainings", PUBLIC, guidance.list_trainings, responses={200: guided.OfferPage}),
    Route("GET", "/api/v1/seeker/startups", PUBLIC, guidance.list_startups, responses={200: guided.OfferPage}),
    Route("GET", "/api/v1/seeker/profile", "me.read", own.get_profile, responses={200: registered.ProfileShown}),
    Route("PATCH", "/api/v1/seeker/profile", "me.write", own.change_profile,
          body=ProfileChange, responses={200: registered.ProfileShown}, problems=_REFUSED),
    Route("POST", "/api/v1/seeker/certificates", "me.write", own.add_certificate,
          body=CertificateBody, responses={201: registered.CertificateShown}, problems=_REFUSED),
    Route("DELETE", "/api/v1/seeker/certificates/{certificate}", "me.write", own.remove_certificate,
          responses=_DONE, problems=_REFUSED),
    Route("POST", "/api/v1/seeker/groups", "me.write", own.claim_group,
          body=FlagBody, responses={201: registered.FlagShown}, problems=_REFUSED),
    Route("POST", "/api/v1/seeker/training-intentions", "me.write", own.wish_training,
          body=OwnCaseBody, responses={201: guided.CaseShown}, problems=_REFUSED),
    Route("POST", "/api/v1/seeker/appointments", "me.write", own.ask_startup,
          body=OwnCaseBody, responses={201: guided.CaseShown}, problems=_REFUSED),
    Route("GET", "/api/v1/seeker/record", "me.read", own.get_record, responses={200: OwnRecordShown}),
)  # fmt: skip

PEOPLE_API: Final = (*REGISTRATION, *GUIDANCE, *PLACEMENTS, *OWN)

PAGES: Final = (
    Route("GET", "/people", "person.read", lists.list_page),
    Route("GET", "/people/new", "person.write", desk.new_page),
    Route("POST", "/people/new", "person.write", desk.register),
    Route("GET", "/people/services", "person.read", offers.services_page),
    Route("POST", "/people/services", "offer.write", offers.add_offer),
    Route("POST", "/people/services/institutions", "offer.write", offers.add_institution),
    Route("POST", "/people/services/enquiries", "guidance.write", offers.note_enquiry),
    Route("GET", "/people/sources", "person.read", offers.sources_page),
    Route("POST", "/people/sources", "person.write", offers.make_source),
    Route("POST", "/people/sources/{code}/end", "person.write", offers.end_source),
    Route("GET", "/people/sources/{code}.svg", "person.read", offers.source_picture),
    Route("GET", "/people/{id}", "person.read", record.record_page),
    Route("GET", "/people/{id}/edit", "person.write", desk.edit_page),
    Route("POST", "/people/{id}/edit", "person.write", desk.save_part),
    Route("POST", "/people/{id}/reveal", "person.reveal", record.reveal),
    Route("POST", "/people/{id}/erase", "person.erase", record.erase),
    Route("POST", "/people/{id}/consents", "person.write", record.consent),
    Route("GET", "/people/{id}/pictures/{picture}", "person.write", record.show_picture),
    Route("POST", "/people/{id}/groups", "person.write", record.add_flag, before=record.draw_picture,
          upload=PICTURE_FORM),
    Route("POST", "/people/{id}/groups/{flag}/confirm", "person.write", record.confirm_flag),
    Route("POST", "/people/{id}/groups/{flag}/end", "person.write", record.end_flag),
    Route("POST", "/people/{id}/certificates", "person.write", record.add_certificate),
    Route("POST", "/people/{id}/guidance", "guidance.write", record.write_note),
    Route("POST", "/people/{id}/services", "guidance.write", record.open_case),
    Route("POST", "/people/{id}/services/{case}", "guidance.write", record.step_case),
    Route("POST", "/people/{id}/placements", "placement.write", record.claim),
    Route("POST", "/people/{id}/placements/{placement}/proofs", "placement.write", record.add_proof,
          before=record.draw_picture, upload=PICTURE_FORM),
    Route("GET", "/placements", "placement.read", placed.placements_page),
    Route("GET", "/placements/follow-ups", "placement.read", placed.follow_ups_page),
    Route("GET", "/placements/{id}", "placement.read", placed.placement_page),
    Route("GET", "/placements/{id}/proofs/{proof}", "placement.read", placed.proof_picture),
    Route("POST", "/placements/{id}/judge", "placement.judge", placed.judge),
    Route("POST", "/placements/follow-ups/{id}", "placement.write", placed.answer),
    Route("GET", "/my/start", PUBLIC, my.start),
    Route("GET", "/my/register", "me.read", my.question_page),
    Route("POST", "/my/register", "me.write", my.save_answer),
    Route("GET", "/my/registered", "me.read", my.told_page),
    Route("GET", "/my/training", "me.read", my.trainings_page),
    Route("POST", "/my/training", "me.write", my.ask),
    Route("GET", "/my/startup", "me.read", my.startups_page),
    Route("POST", "/my/startup", "me.write", my.ask),
    Route("GET", "/my/services", "me.read", my.services_page),
)  # fmt: skip

PEOPLE_ROUTES: Final = (*PAGES, *PEOPLE_API)
