//! The vocabulary, traits and pure rules of Eve: what every backend, language and engine shares. No IO.
//!
//! A language lowers text into a [`Desired`] state; a [`Runtime`] observes what is there and plans
//! [`Changes`]; [`compose`] adds gates and routes, in the one order that holds on every backend; the
//! outcome is a [`Plan`], a value with a digest.
//!
//! ```
//! use std::sync::Arc;
//! use eve_core::desired::{ImageRef, Port, Process, Service, Source};
//! use eve_core::memory::{MemoryRoutes, MemoryRuntime};
//! use eve_core::plan::{PlannedAddresses, RouteTable};
//! use eve_core::{Bound, Desired, EnvironmentId, Runtime, ServiceName, SystemEnv, compose};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> eve_core::Result<()> {
//! let runtime = MemoryRuntime::new(Arc::new(SystemEnv::new()));
//! let mut web = Service::new(Source::Image(ImageRef::new("web:1")?));
//! web.process = Process::new(["serve"]);
//! web.ports.push(Port::tcp(8080));
//! let mut desired = Desired::empty(EnvironmentId::parse("acme/shop/sandbox")?);
//! desired.services.insert(ServiceName::new("web")?, web);
//!
//! let want = Bound::unreleased(desired);
//! let seen = runtime.observe(want.environment()).await?;
//! let addresses = PlannedAddresses::of(&want.desired, &MemoryRoutes::new()).await?;
//! let changes = runtime.plan(&want, &seen, &addresses)?;
//! let plan = compose(&want, &seen, &changes, &RouteTable::new(&want.desired, Vec::new()))?;
//!
//! let steps: Vec<String> = plan.nodes.iter().map(|node| node.work.to_string()).collect();
//! assert!(steps[0].starts_with("create instance/web-"));
//! assert_eq!(&steps[1..], ["ready web", "prepare internal/web", "switch internal/web", "hold 0 ms"]);
//! # Ok(())
//! # }
//! ```
//!
//! | here | what it is for |
//! |---|---|
//! | [`Desired`], [`desired`], [`Template`], [`Origins`] | the target state of an environment, and where each value came from |
//! | [`Project`], [`Pipeline`], [`Release`], [`Bound`] | a manifest resolved, its pipelines, what a release is, and what it is in one environment |
//! | [`Runtime`], [`Routes`], [`Runner`], [`Builder`], [`SourceFiles`], [`Registry`], [`SecretStore`], [`Journal`], [`Blobs`] | the seams; their doc bullets are what the conformance suite tests |
//! | [`SplitRoutes`] | public and internal routes by different hands |
//! | [`Changes`], [`Wanted`], [`polling_watch`], [`polling_logs`], [`LogRing`], [`resolve_secrets`], [`naming`] | helpers of every backend |
//! | [`plan`], [`compose`], [`readiness`], [`health`], [`RetryPolicy`], [`Needs`], [`pipeline`] | pure rules |
//! | [`Policy`], [`policy`], [`HostView`] | what the host lets manifests ask of it: nothing by default |
//! | [`event`], [`Ledger`] | what is journaled, and the fold of it |
//! | [`Error`], [`Code`], [`codes`], [`Finding`] | what went wrong, by stable codes |
//! | [`Env`], [`Cancel`], [`Deadline`] | the one door for time, randomness and spawning |
//! | [`control`], [`Fences`], [`Fencing`] | a data plane in a process of its own, and turning older engines away |
//! | [`memory`], [`wrap`] | every trait in memory; retry, timeout, tracing and fault injection around them |
//!
//! The feature `system`, on by default, is [`SystemEnv`]: without it nothing here reads a clock, draws a random number or runs
//! a task.

mod addresses;
mod artifact;
mod artifact_store;
mod blobs;
mod body;
mod builder;
mod capabilities;
mod changes;
mod code;
mod digest;
mod env;
mod environment;
mod error;
mod fences;
mod fencing;
mod file_tree;
mod finding;
mod health;
mod id;
mod ignore;
mod janitor;
mod journal;
mod ledger;
mod log;
mod loss;
mod name;
mod object;
mod op;
mod origin;
mod path;
mod poll;
mod probing;
mod progress;
mod project;
mod provision;
mod readiness;
mod registry;
mod release;
mod resolve;
mod retry;
mod routes;
mod runner;
mod runtime;
mod secret;
mod secret_store;
mod source_files;
mod source_path;
mod split_routes;
mod support;
mod template;
mod time;
mod trigger;
mod units;
mod validated_text;

pub mod control;
pub mod desired;
pub mod event;
mod exec;
pub mod memory;
pub mod naming;
pub mod pipeline;
pub mod plan;
pub mod policy;
pub mod wrap;

pub use addresses::Addresses;
pub use artifact::Artifact;
pub use artifact_store::{ArtifactStore, OwnedArtifact};
pub use blobs::Blobs;
pub use body::Body;
pub use builder::{BuildCx, BuildRequest, Builder, SourceDir};
pub use capabilities::Capabilities;
pub use changes::{Changes, Expected, Wanted};
pub use code::{Code, codes};
pub use desired::Desired;
pub use digest::{Digest, DigestHasher};
#[cfg(feature = "system")]
pub use env::SystemEnv;
pub use env::{Cancel, Deadline, Env};
pub use environment::EnvironmentId;
pub use error::{Error, ErrorKind, Result};
pub use exec::{Exec, ExecItem, ExecOptions, ExecSpec};
pub use fences::{Fences, KeepFences};
pub use fencing::Fencing;
pub use file_tree::{FileBlob, FileTree, PlacedFiles};
pub use finding::{Evidence, FaultOwner, Finding, Place, RetryClass, Subject, Verdict, fold_findings};
pub use health::{Health, HealthStatus, ServiceHealth, health};
pub use id::{AttemptId, HolderId, ReleaseId, RunId};
pub use ignore::Ignore;
pub use janitor::{Choice, KeptFor, Needs};
pub use journal::{Entry, Fence, Fenced, Journal, Lease, LeaseName, Record, StreamId};
pub use ledger::{Ledger, LedgerLine, LedgerResult};
pub use log::{LogCursor, LogItem, LogOptions, LogReader, LogRing, LogSource, LogSubject, ShowLogs, polling_logs};
pub use loss::{KeyReport, Loss, LossGrade, key_reports};
pub use name::{
    EnvName, HostName, MAX_LABEL, ObjectName, OrgName, PipelineName, ProjectName, SecretName, ServiceName, StepName,
    VarName, VolumeName,
};
pub use object::{Address, Exit, Incarnation, InstanceRef, Object, ObjectId, ObjectState, Observed, Owner};
pub use op::{Change, ChangeOutcome, FileResolver, Op, OpCx, OpId, SecretResolver, Verb};
pub use origin::{Origin, Origins};
pub use path::AbsolutePath;
pub use pipeline::Pipeline;
pub use plan::{Plan, compose};
pub use policy::{HostView, Policy};
pub use poll::polling_watch;
pub use probing::{ProbeVerdict, Probing};
pub use progress::{Progress, ProgressEvent, ProgressStatus};
pub use project::{Environment, Lifetime, Project, Purpose, RegistrySpec};
pub use provision::Provision;
pub use readiness::{Readiness, readiness};
pub use registry::Registry;
pub use release::{Bound, Release};
pub use resolve::{resolve_addresses, resolve_secrets, secret_versions, service_url_variable};
pub use retry::{RetryPolicy, Tries};
pub use routes::{Drained, ObservedRoute, RouteId, RouteSpec, RouteTarget, Routes};
pub use runner::{AttemptSpec, AttemptState, Runner, Started};
pub use runtime::{CaptureEvidence, Owned, PreviewPlan, Runtime};
pub use secret::{Secret, SecretRef, SecretVersion};
pub use secret_store::{SecretScope, SecretStore, lookup_secret};
pub use source_files::{SourceContent, SourceFiles, SourceLimit};
pub use source_path::SourcePath;
pub use split_routes::SplitRoutes;
pub use support::{Support, support};
pub use template::{Part, Template};
pub use time::{Monotonic, Timestamp};
pub use trigger::{BranchPattern, PullRequestAction, Schedule, Trigger};
pub use units::{ByteSize, MilliCpu, parse_duration};
