"""One change for each rule that breaks it, and the conformance test that must then fail (scripts/bench mutations)."""

from typing import Final, NamedTuple

_HERE: Final = "tests/contract"
_CORE: Final = f"{_HERE}/test_w01_w13_events_at_the_core.py"
_RESENDS: Final = f"{_HERE}/test_w07_resends_and_gaps.py"
_COMMANDS: Final = f"{_HERE}/test_w19_w23_commands.py"
_ORDER: Final = f"{_HERE}/test_w08_w09_w16_d10.py"
_COPIES: Final = f"{_HERE}/test_w04_old_copies.py"


class Mutation(NamedTuple):
    """`old` stands once in `file`; with `new` in its place `test` must fail."""

    rule: str
    breaks: str
    file: str
    old: str
    new: str
    test: str


MUTATIONS: Final = (
    Mutation(
        "W1",
        "numbers in a strict CloudEvent",
        "cloud/ingest/service.py",
        "exact = name in _ATTRIBUTES or isinstance(value, bool | str)",
        "exact = True",
        f"{_CORE}::test_w01_an_event_reads_as_it_was_sent_and_as_a_strict_cloudevent",
    ),
    Mutation(
        "W2",
        "an unknown type is refused",
        "protocols/venue/events.py",
        'return Judged(event.seq, text, event, flags=("unknown_type",))',
        'return Judged(event.seq, text, None, "schema", "unknown type")',
        f"{_CORE}::test_w02_what_is_unknown_is_stored_as_it_came_and_flagged",
    ),
    Mutation(
        "W3",
        "an epoch below the known one is kept",
        "edge/custody.py",
        "if known is None or known.epoch < self._start.epoch:",
        "if known is None or known.epoch >= 0:",
        f"{_COPIES}::test_w03_a_station_whose_clock_and_state_went_back_is_no_ghost",
    ),
    Mutation(
        "W4",
        "an ack of a foreign store is taken",
        "edge/outbox/outbox.py",
        "AckTaken(ignored=1) if ack.store != self.store else",
        "AckTaken(ignored=1) if not ack.store else",
        f"{_RESENDS}::test_w04_an_ack_of_a_foreign_store_deletes_nothing",
    ),
    Mutation(
        "W4",
        "an old copy goes on in its store",
        "protocols/venue/lineage.py",
        "return following if beyond else None",
        "return None if beyond else None",
        f"{_COPIES}::test_w04_an_old_copy_of_the_newest_start_goes_on_in_a_new_store",
    ),
    Mutation(
        "W5",
        "a lower watermark of the same core is taken",
        "edge/outbox/rows.py",
        "if upto > last or (upto < known and not may_lower):",
        "if upto > last:",
        f"{_RESENDS}::test_w05_a_lower_watermark_of_the_same_core_is_ignored_and_counted",
    ),
    Mutation(
        "W6",
        "a repetition is taken for new",
        "cloud/ingest/store.py",
        "missing, placed = one.mark.missing(first, last), Placed()",
        "missing, placed = [(first, last)], Placed()",
        f"{_CORE}::test_w06_a_repeated_event_changes_nothing_and_is_acked_again",
    ),
    Mutation(
        "W7",
        "a gap is asked for after a minute",
        "cloud/ingest/acks.py",
        "FIRST_RESEND_S: Final = 2.0",
        "FIRST_RESEND_S: Final = 60.0",
        f"{_CORE}::test_w07_a_gap_holds_the_ack_back_is_asked_for_and_a_declared_loss_is_shown",
    ),
    Mutation(
        "W8",
        "live events wait for the backlog",
        "edge/window.py",
        "return self.attempt == 0 and self._occupied(overtook=True) == 0",
        "return False",
        f"{_ORDER}::test_w08_after_a_reconnect_live_events_go_first_and_the_backlog_follows_as_replay",
    ),
    Mutation(
        "W9",
        "ops are thinned before telemetry",
        "edge/outbox/budget.py",
        'THINNED: Final[tuple[Stream, ...]] = ("telemetry", "ops")',
        'THINNED: Final[tuple[Stream, ...]] = ("ops", "telemetry")',
        f"{_ORDER}::test_w09_a_full_disk_thins_telemetry_then_ops_never_evidence_and_says_so",
    ),
    Mutation(
        "W10",
        "a retried letter stays",
        "cloud/ingest/deadletters.py",
        "await DeadLetter.filter(id=letter_id).delete()",
        "await DeadLetter.filter(id=letter_id).count()",
        f"{_HERE}/test_w10_dead_letters_are_retried.py::test_w10_a_retry_after_a_fix_stores_each_letter_once_with_its_effects",
    ),
    Mutation(
        "W11",
        "the core's chain does not grow",
        "cloud/ingest/digests.py",
        "count, chain = count + 1, extend(chain, event)",
        "count, chain = count + 1, chain",
        f"{_HERE}/test_w11_digests_are_compared_and_repaired.py"
        "::test_w11_what_was_stored_as_it_was_sent_has_the_same_digest",
    ),
    Mutation(
        "W12",
        "no presence before the birth",
        "edge/session.py",
        'await self._publish_presence("start" if first else "reconnect")',
        "await asyncio.sleep(0)",
        f"{_RESENDS}::test_w12_after_every_connect_presence_then_birth_then_events",
    ),
    Mutation(
        "W13",
        "a slot's loss has no cause",
        "cloud/fleet/liveness.py",
        'memory.health, memory.cause = health, None if health == "good" else cause or kept',
        "memory.health, memory.cause = health, None",
        f"{_CORE}::test_w13_a_death_makes_slots_stale_and_a_slots_own_loss_names_its_cause",
    ),
    Mutation(
        "W14",
        "the will says online",
        "edge/session.py",
        'return self._presence("lost", online=False)',
        'return self._presence("lost", online=True)',
        f"{_HERE}/test_w14_no_ghosts.py::test_w14_a_killed_agent_is_offline_within_15_s_and_its_slots_are_stale",
    ),
    Mutation(
        "W15",
        "a core that is away gets events",
        "edge/sender.py",
        '"""Keep what is recorded (W15)."""\n        self._online = False',
        '"""Keep what is recorded (W15)."""\n        self._online = True',
        f"{_RESENDS}::test_w15_a_core_that_is_away_gets_nothing_and_nothing_is_lost",
    ),
    Mutation(
        "W16",
        "no heartbeat while nothing changes",
        "edge/signals.py",
        "if grown is not None and grown != self._reported.get(key):",
        "if grown is None and grown != self._reported.get(key):",
        f"{_ORDER}::test_w16_a_door_that_nobody_moves_is_reported_and_one_that_is_gone_is_not",
    ),
    Mutation(
        "W16a",
        "untrusted events do not say when",
        "edge/author.py",
        'boot_ms=None if trust == "trusted" else self.timekeeper.boot_ms(),',
        "boot_ms=None,",
        f"{_HERE}/test_w16a_clock.py::test_w16a_events_of_an_untrusted_clock_carry_boot_ms_and_others_do_not",
    ),
    Mutation(
        "W17",
        "bad settings stay",
        "edge/twin.py",
        "if trial.bad_s >= self._roll_back_s and target is not None:",
        "if trial.bad_s < 0 and target is not None:",
        f"{_HERE}/test_w17_twin.py::test_w17_settings_that_make_a_slot_unhealthy_are_rolled_back",
    ),
    Mutation(
        "W18",
        "a foreign copy stays",
        "cloud/fleet/wishes.py",
        "if found is None or (found.rev, found.slots) != (rev, slots):",
        "if found is None:",
        f"{_HERE}/test_w18_desired_state_is_the_clouds.py::test_w18_a_foreign_copy_is_rewritten_within_5_s",
    ),
    Mutation(
        "W19",
        "arguments are not checked",
        "edge/commands.py",
        "problem = spec.refuse(request.args)",
        "problem = None",
        f"{_COMMANDS}::test_w19_what_the_profile_does_not_allow_is_rejected_at_once",
    ),
    Mutation(
        "W20",
        "the ledger is not asked",
        "edge/commands.py",
        "if known is not None:\n            self._answer_repeat(request, known)",
        "if known is None and late:\n            self._answer_repeat(request, known)",
        f"{_COMMANDS}::test_w20_a_repeated_command_is_answered_from_the_ledger",
    ),
    Mutation(
        "W21",
        "an interrupted strike is run again",
        "edge/commands.py",
        'elif entry.state == "started" and (spec is None or not spec.idempotent):',
        'elif entry.state == "started" and spec is None:',
        f"{_HERE}/test_w20_w21_crashes.py::test_w21_killed_between_started_and_effect_done_is_indeterminate",
    ),
    Mutation(
        "W22",
        "a command may take an hour",
        "edge/commands.py",
        "ends = loop.time() + min(request.timeout_s, spec.timeout_s)",
        "ends = loop.time() + 3600.0",
        f"{_COMMANDS}::test_w22_the_whole_command_has_a_time",
    ),
    Mutation(
        "W23",
        "an expired command is run",
        "edge/commands.py",
        'late = self._timekeeper.trust == "trusted" and self._timekeeper.now() > command.expires_at',
        "late = False",
        f"{_COMMANDS}::test_w23_a_command_after_its_expires_at_is_not_executed",
    ),
)
