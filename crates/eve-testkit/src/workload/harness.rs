//! What the workload suite needs of a backend's author.

use eve_core::VarName;
use eve_core::desired::Service;

use crate::RuntimeHarness;

/// Programs, for backends whose instances are programs of this machine.
pub trait WorkloadHarness: RuntimeHarness {
    /// Ends with the code that this environment variable holds as a decimal number.
    fn exits_by_variable(&self, variable: &VarName) -> Service;

    /// Ends with the code that this file holds as a decimal number. Only asked for if the runtime claims
    /// secrets as files, or files of the project; none if the harness has no such program, which the suite then reports.
    fn exits_by_file(&self, path: &str) -> Option<Service> {
        let _ = path;
        None
    }

    /// Ends with the number of descriptors above 2 that it finds open and did not open itself.
    fn exits_by_descriptors(&self) -> Service;

    /// Serves as [`serves_http`](RuntimeHarness::serves_http) does, and goes on when it is asked to
    /// end.
    fn refuses_to_end(&self) -> Service;
}
