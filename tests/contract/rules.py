"""Which test holds which decision D1-D27; a rule W1-W23 is named by its tests themselves (test_wNN_...)."""

from typing import Final

_INGEST: Final = "tests/cloud/ingest/test_ingest.py"
_WIRE: Final = "tests/protocols/venue"
_SESSION: Final = "tests/contract/test_d06_d07_the_session.py"
_RESENDS: Final = "tests/contract/test_w07_resends_and_gaps.py"
_ORDER: Final = "tests/contract/test_w08_w09_w16_d10.py"
_DIGESTS: Final = "tests/contract/test_w11_digests_are_compared_and_repaired.py"
_COMMANDS: Final = "tests/contract/test_w19_w23_commands.py"

DECISIONS: Final[dict[str, tuple[str, ...]]] = {
    "D1": (
        f"{_WIRE}/test_topics.py::test_times_are_read_with_any_offset_and_0_to_9_decimals",
        f"{_WIRE}/test_topics.py::test_times_are_written_in_utc_with_three_decimals",
        f"{_WIRE}/test_documents.py::test_members_of_a_later_version_are_ignored",
        "tests/cloud/ingest/test_reader.py::test_the_two_readers_agree_on_every_damaged_batch",
    ),
    "D2": ("tests/edge/test_epoch.py::test_the_epoch_grows_although_the_clock_went_back",),
    "D3": (
        f"{_WIRE}/test_documents.py::test_a_later_connection_of_the_same_epoch_supersedes_the_earlier_will",
        f"{_INGEST}::test_a_late_will_of_an_older_connection_is_ignored",
    ),
    "D4": (
        "tests/contract/test_w07_resends_and_gaps.py::test_w04_an_ack_of_a_foreign_store_deletes_nothing",
        "tests/contract/test_w04_stores.py::test_w04_a_new_store_closes_the_old_one_which_shows_what_never_arrived",
    ),
    "D5": (f"{_WIRE}/test_topics.py::test_the_station_itself_is_a_slot_but_no_id",),
    "D6": (
        "tests/contract/test_d06_d07_the_session.py::test_d07_a_session_is_kept_for_a_day_and_a_death_is_known_in_time",
    ),
    "D7": (
        "tests/contract/test_d06_d07_the_session.py::test_d07_a_session_is_kept_for_a_day_and_a_death_is_known_in_time",
    ),
    "D8": (
        "tests/contract/test_w07_resends_and_gaps.py::test_w12_after_every_connect_presence_then_birth_then_events",
    ),
    "D9": (f"{_WIRE}/test_batches.py::test_an_event_above_the_limit_never_enters_the_outbox",),
    "D10": (f"{_ORDER}::test_d10_what_no_ack_covers_is_sent_again_as_replay_and_puback_frees_nothing",),
    "D11": (f"{_INGEST}::test_nothing_of_an_unknown_station_is_stored_or_acked_until_it_is_applied",),
    "D12": (
        f"{_WIRE}/test_messages.py::test_a_misplaced_event_is_judged_alone",
        "tests/cloud/ingest/test_reader.py::test_a_batch_of_another_stream_or_length_is_left_alone",
    ),
    "D13": (
        f"{_INGEST}::test_a_bad_event_becomes_a_dead_letter_and_its_seq_is_consumed",
        f"{_INGEST}::test_unparsable_bytes_are_given_up_after_their_third_repetition",
    ),
    "D14": (
        f"{_INGEST}::test_another_event_under_the_same_seq_is_a_conflict_and_the_first_stays",
        f"{_INGEST}::test_a_batch_of_another_store_or_of_an_epoch_nobody_announced_is_not_stored",
    ),
    "D15": (
        f"{_INGEST}::test_a_gap_is_asked_for_after_two_seconds_and_closes_when_filled",
        "tests/contract/test_w07_resends_and_gaps.py::test_w07_rows_that_are_gone_are_declared_lost_in_evidence",
    ),
    "D16": (
        f"{_RESENDS}::test_w05_a_lower_watermark_of_the_same_core_is_ignored_and_counted",
        f"{_RESENDS}::test_w05_a_restored_core_gets_what_is_left_and_the_rest_is_declared",
    ),
    "D17": (
        f"{_INGEST}::test_unknown_types_and_fields_are_stored_and_flagged",
        "tests/contract/test_w16a_clock.py::test_w16a_when_trust_returns_the_edge_says_how_far_it_was_off",
    ),
    "D18": (
        f"{_DIGESTS}::test_w11_what_was_stored_as_it_was_sent_has_the_same_digest",
        "tests/contract/test_w11_digest.py::test_w11_the_digest_of_an_empty_day_is_the_hash_of_the_start",
    ),
    "D19": (
        "tests/contract/test_w11_digest.py::test_w11_the_chain_takes_each_acked_event_once",
        f"{_DIGESTS}::test_w11_what_the_station_thinned_after_we_had_it_makes_no_difference",
    ),
    "D20": (
        "tests/contract/test_w17_twin.py::test_w17_a_lower_revision_is_applied_because_a_cloud_may_be_restored",
        "tests/contract/test_w18_desired_state_is_the_clouds.py::test_w18_a_foreign_copy_is_rewritten_within_5_s",
    ),
    "D21": ("tests/contract/test_w19_w23_commands.py::test_w20_a_repeated_command_is_answered_from_the_ledger",),
    "D22": (
        "tests/contract/test_w19_w23_commands.py::test_w23_without_its_properties_a_command_is_refused_and_not_run",
        "tests/contract/test_w19_w23_commands.py::test_w23_an_answer_goes_nowhere_but_to_the_stations_own_reply_topics",
    ),
    "D23": (
        f"{_COMMANDS}::test_d23_an_end_that_found_no_connection_is_replied_after_the_next_connect",
        "tests/contract/test_w22_every_command_ends.py::test_w22_a_lost_reply_is_made_up_for_by_the_ended_event",
    ),
    "D24": ("tests/edge/test_content.py::test_a_bad_manifest_is_refused_with_its_reason_and_the_old_one_stays",),
    "D25": (
        "tests/devices/test_probe.py::test_events_count_from_one_and_carry_the_wished_pad",
        "tests/devices/test_probe.py::test_a_strike_has_counted_before_it_holds",
    ),
    "D26": (
        f"{_WIRE}/test_commands.py::test_every_state_has_its_row_and_ended_states_lead_nowhere",
        "tests/contract/test_w22_every_command_ends.py::test_w22_replies_lead_through_the_states_to_one_end",
    ),
    "D27": ("tests/cloud/test_cli.py::test_the_core_runs_on_an_empty_folder_sees_an_applied_site_and_stops_in_time",),
}
