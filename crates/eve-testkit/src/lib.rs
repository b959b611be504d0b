//! Conformance suites and fault injection for backends of Eve.
