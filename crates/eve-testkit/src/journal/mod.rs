//! The conformance suite of [`Journal`](eve_core::Journal).

mod appending;
mod harness;
mod leasing;
mod reading;
mod subscribing;

use harness::Book;
pub use harness::JournalHarness;

crate::suite::suite! {
    $ "journal", JournalHarness on Book;
    /// The cases of the journal suite.
    JOURNAL_CASES,
    /// Runs the journal suite.
    run_journal,
    /// Expands to a module of this name with one test for each case of the journal suite. The
    /// expression makes a [`JournalHarness`](crate::JournalHarness) and may await.
    journal_conformance:
    appending: {
        sequences_count_from_one_without_holes,
        an_append_at_another_sequence_is_refused_and_appends_nothing,
        of_two_writers_at_one_sequence_exactly_one_appends,
        many_writers_to_many_streams_all_append,
        an_append_of_nothing_changes_nothing,
    }
    reading: {
        a_stream_that_does_not_exist_is_empty,
        records_come_back_as_they_were,
        reading_goes_on_after_a_sequence_and_keeps_to_its_limit,
        streams_are_listed_by_prefix_with_their_last_sequence,
        the_last_entries_come_from_the_greatest_names_down,
    }
    subscribing: {
        a_subscriber_gets_each_entry_once_and_in_order,
        a_subscriber_can_begin_in_the_middle,
        a_subscriber_hears_of_its_own_stream_only,
    }
    leasing: {
        a_held_lease_is_refused_and_its_holder_named,
        an_expired_lease_goes_to_the_next_with_a_larger_fence,
        a_released_lease_is_free_and_its_fence_grows_on,
        renewing_holds_a_lease_beyond_its_time,
        a_lost_lease_cannot_be_renewed_and_can_be_released,
        an_append_under_an_older_fence_is_refused_and_appends_nothing,
        an_append_under_an_expired_lease_is_refused,
        leases_do_not_know_each_other,
    }
}
