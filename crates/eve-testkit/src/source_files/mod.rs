//! The conformance suite of [`SourceFiles`](eve_core::SourceFiles).

mod harness;
mod reading;

use harness::Desk;
pub use harness::SourceFilesHarness;

crate::suite::suite! {
    $ "source files", SourceFilesHarness on Desk;
    /// The cases of the source files suite.
    SOURCE_FILES_CASES,
    /// Runs the source files suite.
    run_source_files,
    /// Expands to a module of this name with one test for each case of the source files suite. The
    /// expression makes a [`SourceFilesHarness`](crate::SourceFilesHarness) and may await.
    source_files_conformance:
    reading: {
        a_file_is_its_bytes,
        a_folder_is_all_files_below_it,
        what_is_not_there_is_missing,
        no_more_is_read_than_may_be_kept,
    }
}
