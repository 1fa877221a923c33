"""The table of event types: one line each, and with it one model and one sample in tests/data (W2)."""

from typing import Final

from protocols.venue.messages.agent import (
    BrokerChanged,
    CapacityChanged,
    ClockCorrected,
    ClockStepped,
    CommandRefused,
    ContentApplied,
    ContentRefused,
    DigestTaken,
    GalleryApplied,
    GapDeclared,
    OutboxFilled,
    OutboxReplaced,
)
from protocols.venue.messages.common import (
    AlarmCleared,
    AlarmRaised,
    CommandEnded,
    Data,
    SignalInterval,
    SlotChanged,
)
from protocols.venue.messages.equipment import (
    CameraHealthChanged,
    DeviceFault,
    MediaChanged,
    PowerChanged,
    PrinterFault,
    SampleTaken,
    SnapshotTaken,
)
from protocols.venue.messages.faces import LookEnded, PersonEnrolled
from protocols.venue.messages.inputs import CardRead, CodeScanned, DocumentCaptured
from protocols.venue.messages.notices import NoticeEnded, NoticeFailed, NoticeRaised, NoticeShown
from protocols.venue.messages.people import (
    CountChanged,
    PeopleEnrolled,
    PeopleErased,
    PersonRecognised,
    PersonRefused,
    PresenceSigned,
    SmokeSeen,
)
from protocols.venue.messages.queue import TicketIssued, TicketMoved
from protocols.venue.messages.screens import DisplayProved, KioskStateChanged, RendererRestarted, WallFault
from protocols.venue.vocabulary import KINDS

__all__ = ["MESSAGES", "Data"]

#: Sent by slots of every kind.
_OF_EVERY_KIND: Final[dict[str, type[Data]]] = {
    "alarm.cleared": AlarmCleared,
    "alarm.raised": AlarmRaised,
    "command.ended": CommandEnded,
    "signal.interval": SignalInterval,
    "slot.changed": SlotChanged,
}

#: Event type -> model of its data.
MESSAGES: Final[dict[str, type[Data]]] = {
    **{f"cn.yizhan.{kind}.{name}.v1": model for kind in KINDS for name, model in _OF_EVERY_KIND.items()},
    "cn.yizhan.agent.capacity.changed.v1": CapacityChanged,
    "cn.yizhan.agent.broker.changed.v1": BrokerChanged,
    "cn.yizhan.agent.clock.corrected.v1": ClockCorrected,
    "cn.yizhan.agent.command.refused.v1": CommandRefused,
    "cn.yizhan.agent.digest.taken.v1": DigestTaken,
    "cn.yizhan.agent.gallery.applied.v1": GalleryApplied,
    "cn.yizhan.agent.gap.declared.v1": GapDeclared,
    "cn.yizhan.agent.outbox.filled.v1": OutboxFilled,
    "cn.yizhan.agent.outbox.replaced.v1": OutboxReplaced,
    "cn.yizhan.agent.clock.stepped.v1": ClockStepped,
    "cn.yizhan.agent.content.applied.v1": ContentApplied,
    "cn.yizhan.agent.content.refused.v1": ContentRefused,
    "cn.yizhan.agent.notice.ended.v1": NoticeEnded,
    "cn.yizhan.agent.notice.raised.v1": NoticeRaised,
    "cn.yizhan.agent.ticket.moved.v1": TicketMoved,
    "cn.yizhan.camera.fault.began.v1": DeviceFault,
    "cn.yizhan.camera.fault.ended.v1": DeviceFault,
    "cn.yizhan.camera.health.changed.v1": CameraHealthChanged,
    "cn.yizhan.camera.snapshot.taken.v1": SnapshotTaken,
    "cn.yizhan.face.look.ended.v1": LookEnded,
    "cn.yizhan.face.people.enrolled.v1": PeopleEnrolled,
    "cn.yizhan.face.people.erased.v1": PeopleErased,
    "cn.yizhan.face.person.enrolled.v1": PersonEnrolled,
    "cn.yizhan.face.person.recognised.v1": PersonRecognised,
    "cn.yizhan.face.person.refused.v1": PersonRefused,
    "cn.yizhan.face.smoke.seen.v1": SmokeSeen,
    "cn.yizhan.kiosk.notice.shown.v1": NoticeShown,
    "cn.yizhan.kiosk.card.read.v1": CardRead,
    "cn.yizhan.kiosk.code.scanned.v1": CodeScanned,
    "cn.yizhan.kiosk.document.captured.v1": DocumentCaptured,
    "cn.yizhan.kiosk.state.changed.v1": KioskStateChanged,
    "cn.yizhan.kiosk.ticket.issued.v1": TicketIssued,
    "cn.yizhan.occupancy.count.changed.v1": CountChanged,
    "cn.yizhan.printer.fault.began.v1": PrinterFault,
    "cn.yizhan.printer.fault.ended.v1": PrinterFault,
    "cn.yizhan.printer.media.changed.v1": MediaChanged,
    "cn.yizhan.network.fault.began.v1": DeviceFault,
    "cn.yizhan.network.fault.ended.v1": DeviceFault,
    "cn.yizhan.probe.sample.taken.v1": SampleTaken,
    "cn.yizhan.sensor.fault.began.v1": DeviceFault,
    "cn.yizhan.sensor.fault.ended.v1": DeviceFault,
    "cn.yizhan.staff.presence.signed.v1": PresenceSigned,
    "cn.yizhan.ups.fault.began.v1": DeviceFault,
    "cn.yizhan.ups.fault.ended.v1": DeviceFault,
    "cn.yizhan.ups.power.changed.v1": PowerChanged,
    "cn.yizhan.wall.display.proved.v1": DisplayProved,
    "cn.yizhan.wall.notice.failed.v1": NoticeFailed,
    "cn.yizhan.wall.notice.shown.v1": NoticeShown,
    "cn.yizhan.wall.fault.began.v1": WallFault,
    "cn.yizhan.wall.fault.ended.v1": WallFault,
    "cn.yizhan.wall.renderer.restarted.v1": RendererRestarted,
}
