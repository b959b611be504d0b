//! The conformance suite of [`Runtime`](eve_core::Runtime).

mod at;
mod crashing;
mod deleting;
mod exec;
mod fencing;
mod harness;
mod host;
mod interrupted;
mod logs;
mod observing;
mod performing;
mod planning;
mod provisioning;
mod readiness;
mod releases;
mod scene;
mod shelf;
mod strangers;
mod vault;
mod watching;

pub use harness::RuntimeHarness;
pub(crate) use scene::{Done, Scene, once};
pub(crate) use shelf::Shelf;
pub(crate) use vault::Vault;

crate::suite::suite! {
    $ "runtime", RuntimeHarness on Scene;
    /// The cases of the runtime suite.
    RUNTIME_CASES,
    /// Runs the runtime suite.
    run_runtime,
    /// Expands to a module of this name with one test for each case of the runtime suite. The
    /// expression makes a [`RuntimeHarness`](crate::RuntimeHarness) and may await.
    runtime_conformance:
    observing: {
        an_environment_that_was_never_deployed_is_empty,
        observing_changes_nothing,
        two_environments_do_not_see_each_other,
    }
    planning: {
        planning_writes_nothing_and_repeats_itself,
        planning_on_an_empty_environment_creates_every_replica,
        an_address_is_part_of_what_an_instance_is_made_from,
        an_unknown_service_in_an_address_is_refused,
        a_service_without_an_artifact_is_refused,
        a_strategy_that_is_not_claimed_is_refused,
        what_is_not_claimed_is_refused_or_reported,
        secrets_are_versions_in_a_plan,
        files_are_digests_in_a_plan,
    }
    provisioning: {
        providing_changes_nothing_and_fetches_nothing_that_is_there,
        everything_that_cannot_be_had_is_named_at_once,
        what_is_not_there_is_fetched_once_and_by_no_operation,
        a_strangers_name_is_found_before_anything_is_made,
        providing_ends_when_it_is_cancelled_or_late,
    }
    performing: {
        a_first_deploy_creates_and_becomes_ready,
        deploying_the_same_target_again_changes_nothing,
        performing_an_operation_twice_changes_nothing,
        the_version_of_a_change_is_observed,
        an_operation_of_another_backend_is_refused,
        a_ready_instance_answers_at_its_address_and_a_retired_one_does_not,
    }
    readiness: {
        performing_does_not_wait_for_readiness,
        what_never_becomes_ready_is_never_reported_ready,
    }
    interrupted: {
        a_cancelled_operation_leaves_nothing,
        an_operation_past_its_deadline_leaves_nothing,
        a_missing_secret_stops_an_operation_and_leaves_nothing,
        a_missing_file_stops_an_operation_and_leaves_nothing,
        a_dropped_operation_can_be_performed_again,
    }
    crashing: {
        an_exit_is_a_terminal_finding,
        a_crash_loop_becomes_terminal,
        an_older_releases_finding_keeps_its_own_hash,
        what_ended_leaves_evidence,
    }
    releases: {
        a_changed_spec_is_a_new_instance_beside_the_old_one,
        going_back_reuses_the_name_and_not_the_incarnation,
        deleting_an_older_incarnation_leaves_the_newer_one,
    }
    deleting: {
        deleting_twice_is_skipped,
        deleting_in_one_environment_leaves_the_other,
        deleting_everything_leaves_nothing,
    }
    strangers: {
        a_name_that_a_stranger_has_is_not_taken,
        a_strangers_object_is_never_removed,
    }
    host: {
        what_the_policy_forbids_is_not_made,
        what_the_policy_allows_is_made,
    }
    fencing: {
        an_older_fence_is_refused_where_that_is_claimed,
        an_older_holder_is_turned_away_before_the_younger_one_acts,
        an_older_holders_operation_that_is_under_way_changes_nothing,
    }
    watching: {
        a_watch_begins_with_the_present_state,
        a_watch_shows_every_change_to_its_end,
    }
    exec: {
        a_command_reads_its_input_and_tells_what_it_wrote_and_how_it_ended,
        a_command_without_input_reads_the_end,
        a_command_that_is_not_there_is_refused,
        a_command_in_what_does_not_run_is_refused,
        a_command_that_is_cancelled_or_late_is_told_so,
    }
    logs: {
        lines_are_in_order,
        the_end_of_a_source_tells_its_exit,
        reading_goes_on_after_a_cursor,
        a_tail_is_the_last_lines,
        following_ends_with_its_source,
        an_instances_logs_are_its_own,
        no_gap_is_silent,
    }
}
