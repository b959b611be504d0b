//! The runtime of the example `custom_runtime`: a third party's.

#[expect(dead_code, reason = "the example's own main function is not called here")]
#[path = "../../examples/custom_runtime.rs"]
mod custom_runtime;

eve_testkit::runtime_conformance!(runtime, custom_runtime::Fixtures);
