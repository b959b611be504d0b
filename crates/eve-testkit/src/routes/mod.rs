//! The conformance suite of [`Routes`](eve_core::Routes).

mod addressing;
mod crossing;
mod draining;
mod fencing;
mod harness;
mod preparing;
mod switching;

use crossing::Crossing;
pub use harness::RoutesHarness;

crate::suite::suite! {
    $ "routes", RoutesHarness on Crossing;
    /// The cases of the routes suite.
    ROUTES_CASES,
    /// Runs the routes suite.
    run_routes,
    /// Expands to a module of this name with one test for each case of the routes suite. The
    /// expression makes a [`RoutesHarness`](crate::RoutesHarness) and may await.
    routes_conformance:
    addressing: {
        an_address_is_pure_and_stays_the_same,
        two_environments_have_addresses_of_their_own,
    }
    preparing: {
        preparing_twice_changes_nothing,
        preparing_anew_keeps_the_targets,
        a_route_without_targets_reaches_nothing,
        a_host_of_another_environment_is_taken,
        closing_twice_is_skipped,
    }
    switching: {
        a_route_that_was_never_prepared_cannot_be_switched,
        a_switch_to_nothing_is_refused,
        a_switch_leads_to_the_new_instance,
        an_unconfirmed_switch_is_taken_back,
        a_request_under_way_stays_where_it_is,
    }
    draining: {
        an_instance_that_was_never_a_target_is_drained,
        drain_numbers_are_told_again,
        drain_numbers_that_are_forgotten_are_counted_anew,
        a_drain_waits_for_what_is_under_way,
        what_is_open_at_the_deadline_is_cut_and_counted,
        a_cancelled_drain_says_so,
    }
    fencing: {
        an_older_holder_is_turned_away_before_the_younger_one_acts,
        an_older_holder_cannot_forget_what_a_younger_one_may_ask_for,
    }
}
