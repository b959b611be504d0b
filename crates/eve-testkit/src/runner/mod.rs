//! The conformance suite of [`Runner`](eve_core::Runner).

mod ending;
mod fencing;
mod harness;
mod output;
mod provisioning;
mod starting;
mod track;

pub use harness::RunnerHarness;
use track::Track;

crate::suite::suite! {
    $ "runner", RunnerHarness on Track;
    /// The cases of the runner suite.
    RUNNER_CASES,
    /// Runs the runner suite.
    run_runner,
    /// Expands to a module of this name with one test for each case of the runner suite. The
    /// expression makes a [`RunnerHarness`](crate::RunnerHarness) and may await.
    runner_conformance:
    provisioning: {
        an_attempt_whose_origin_is_there_is_provided_for,
        an_attempt_whose_origin_cannot_be_had_is_refused_before_it_starts,
        an_attempts_image_is_fetched_before_it_starts_and_not_by_starting,
        providing_ends_when_it_is_cancelled_or_late,
    }
    starting: {
        an_attempt_that_runs_is_adopted,
        an_attempt_that_ended_answers_its_exit,
        another_spec_under_the_same_id_is_a_conflict,
        starting_twice_at_once_starts_once,
        a_missing_secret_stops_the_start,
        a_missing_file_stops_the_start,
        files_are_there_when_an_attempt_starts,
        a_cancelled_start_leaves_nothing,
    }
    ending: {
        a_watch_goes_from_the_present_state_to_the_end,
        a_failed_attempt_has_a_finding,
        time_that_is_up_is_a_finding,
        stopping_leaves_nothing_running,
        what_runs_cannot_be_forgotten,
        what_is_forgotten_is_gone_and_forgetting_again_is_skipped,
        an_environments_attempts_are_listed_until_they_are_forgotten,
    }
    fencing: {
        an_older_holder_is_turned_away_before_the_younger_one_acts,
        an_older_holder_cannot_forget_what_a_younger_one_may_ask_for,
    }
    output: {
        an_attempts_lines_are_in_order_and_end_with_its_exit,
        reading_goes_on_after_a_cursor,
        following_waits_for_the_end,
        files_that_an_attempt_leaves_are_kept,
        an_unknown_attempt_has_no_files,
    }
}
