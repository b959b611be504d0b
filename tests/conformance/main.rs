//! The published conformance suites, run on every backend and wrapper.
