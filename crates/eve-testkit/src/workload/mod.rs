//! The conformance suite of runtimes whose instances are programs.

mod harness;
mod programs;
mod stage;

pub use harness::WorkloadHarness;
use stage::Programs;

crate::suite::suite! {
    $ "workload", WorkloadHarness on Programs;
    /// The cases of the workload suite.
    WORKLOAD_CASES,
    /// Runs the workload suite.
    run_workload,
    /// Expands to a module of this name with one test for each case of the workload suite. The
    /// expression makes a [`WorkloadHarness`](crate::WorkloadHarness) and may await.
    workload_conformance:
    programs: {
        a_secret_reaches_the_program_and_nothing_else,
        a_secret_as_a_file_reaches_the_program_and_stands_in_no_variable,
        files_of_the_project_are_there_when_the_program_starts,
        a_program_inherits_no_descriptor,
        a_program_that_refuses_to_end_is_gone_when_deleting_returns,
    }
}
