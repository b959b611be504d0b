//! The conformance suite of [`Builder`](eve_core::Builder).

mod building;
mod harness;
mod keeping;
mod site;

pub use harness::BuilderHarness;
use site::Site;

crate::suite::suite! {
    $ "builder", BuilderHarness on Site;
    /// The cases of the builder suite.
    BUILDER_CASES,
    /// Runs the builder suite.
    run_builder,
    /// Expands to a module of this name with one test for each case of the builder suite. The
    /// expression makes a [`BuilderHarness`](crate::BuilderHarness) and may await.
    builder_conformance:
    building: {
        equal_source_gives_an_equal_artifact,
        changed_source_gives_another_artifact,
        a_context_that_leads_out_of_the_project_is_refused,
        a_missing_context_is_refused,
        a_build_writes_lines,
        a_cancelled_build_says_so,
        a_build_past_its_deadline_says_so,
    }
    keeping: {
        what_was_built_is_listed_until_it_is_removed,
        what_was_built_again_since_it_was_listed_stays,
        what_is_used_stays,
    }
}
