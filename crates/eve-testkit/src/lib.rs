//! Conformance suites for backends of Eve: one case for each behaviour that a trait of
//! [`eve_core`] promises.
//!
//! A backend's author implements the harness of a suite, which makes a fresh backend and the
//! workloads that the cases need, and runs it in one of two ways: through a function, which answers
//! a [`Report`] with a line a case, or through a macro, which expands to one named
//! `#[tokio::test]` a case (tokio with `macros` and `rt-multi-thread` has to be a
//! dev-dependency). Both run the same table.
//!
//! ```
//! use std::sync::Arc;
//!
//! use async_trait::async_trait;
//! use eve_core::memory::MemoryBlobs;
//! use eve_core::{Blobs, Result};
//! use eve_testkit::{BlobsHarness, run_blobs};
//!
//! struct Memory;
//!
//! #[async_trait]
//! impl BlobsHarness for Memory {
//!     async fn blobs(&self) -> Result<Arc<dyn Blobs>> {
//!         Ok(Arc::new(MemoryBlobs::new()))
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let report = run_blobs(Memory).await;
//! println!("{report}");
//! assert!(report.passed());
//! # });
//! ```
//!
//! | suite | trait | harness | function | macro |
//! |---|---|---|---|---|
//! | runtime | [`Runtime`](eve_core::Runtime) | [`RuntimeHarness`] | [`run_runtime`] | [`runtime_conformance!`] |
//! | workload | [`Runtime`](eve_core::Runtime), where instances are programs | [`WorkloadHarness`] | [`run_workload`] | [`workload_conformance!`] |
//! | runner | [`Runner`](eve_core::Runner) | [`RunnerHarness`] | [`run_runner`] | [`runner_conformance!`] |
//! | builder | [`Builder`](eve_core::Builder) | [`BuilderHarness`] | [`run_builder`] | [`builder_conformance!`] |
//! | routes | [`Routes`](eve_core::Routes) | [`RoutesHarness`] | [`run_routes`] | [`routes_conformance!`] |
//! | journal | [`Journal`](eve_core::Journal) | [`JournalHarness`] | [`run_journal`] | [`journal_conformance!`] |
//! | blobs | [`Blobs`](eve_core::Blobs) | [`BlobsHarness`] | [`run_blobs`] | [`blobs_conformance!`] |
//! | secrets | [`SecretStore`](eve_core::SecretStore) | [`SecretsHarness`] | [`run_secrets`] | [`secrets_conformance!`] |
//! | source files | [`SourceFiles`](eve_core::SourceFiles) | [`SourceFilesHarness`] | [`run_source_files`] | [`source_files_conformance!`] |
//!
//! No case is skipped. What a backend does not claim in its
//! [`Capabilities`](eve_core::Capabilities), it has to refuse with `capability.unsupported`, and
//! the case asserts that.

mod blobs;
mod builder;
mod case;
mod dead_instance;
mod failure;
mod http;
mod journal;
mod logs;
mod report;
mod routes;
mod runner;
mod runtime;
mod secrets;
mod source_files;
mod stage;
mod suite;
mod workload;

pub use blobs::{BLOBS_CASES, BlobsHarness, run_blobs};
pub use builder::{BUILDER_CASES, BuilderHarness, run_builder};
pub use case::Case;
pub use dead_instance::DeadInstance;
pub use failure::{Failure, Outcome};
pub use http::HttpInstance;
pub use journal::{JOURNAL_CASES, JournalHarness, run_journal};
pub use report::{Line, Report};
pub use routes::{ROUTES_CASES, RoutesHarness, run_routes};
pub use runner::{RUNNER_CASES, RunnerHarness, run_runner};
pub use runtime::{RUNTIME_CASES, RuntimeHarness, run_runtime};
pub use secrets::{SECRETS_CASES, SecretsHarness, run_secrets};
pub use source_files::{SOURCE_FILES_CASES, SourceFilesHarness, run_source_files};
pub use workload::{WORKLOAD_CASES, WorkloadHarness, run_workload};
