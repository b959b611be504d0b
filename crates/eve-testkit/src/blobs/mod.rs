//! The conformance suite of [`Blobs`](eve_core::Blobs).

mod bytes;
mod harness;

pub use harness::BlobsHarness;
use harness::Shelf;

crate::suite::suite! {
    $ "blobs", BlobsHarness on Shelf;
    /// The cases of the blobs suite.
    BLOBS_CASES,
    /// Runs the blobs suite.
    run_blobs,
    /// Expands to a module of this name with one test for each case of the blobs suite. The
    /// expression makes a [`BlobsHarness`](crate::BlobsHarness) and may await.
    blobs_conformance:
    bytes: {
        bytes_come_back_under_their_digest,
        equal_bytes_are_stored_once,
        bytes_that_are_not_there_are_not_found,
        deleted_bytes_are_gone_and_deleting_again_is_skipped,
        nothing_at_all_and_a_megabyte_are_kept,
        many_writers_of_one_digest_agree,
    }
}
