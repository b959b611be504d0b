//! Deploys, pipelines and jobs, walked operation by operation over a journal.
//!
//! [`Engine`] knows traits and no backend: whoever embeds it plugs a [`Runtime`](eve_core::Runtime),
//! [`Routes`](eve_core::Routes), a [`Runner`](eve_core::Runner), a [`Builder`](eve_core::Builder), a
//! [`Journal`](eve_core::Journal), [`Blobs`](eve_core::Blobs) and a
//! [`SecretStore`](eve_core::SecretStore) in. Everything that it knows it folds from the journal.
//!
//! ```
//! use std::sync::Arc;
//! use eve_core::desired::{ImageRef, Process, Service, Source};
//! use eve_core::{memory, Desired, Digest, EnvName, Environment, EnvironmentId, OrgName, Project, ProjectName, ServiceName, SystemEnv};
//! use eve_engine::{DeployRequest, Engine};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> eve_core::Result<()> {
//! let env = Arc::new(SystemEnv::new());
//! let engine = Engine::builder(env.clone()).in_memory().build()?;
//!
//! let id = EnvironmentId::parse("acme/shop/sandbox")?;
//! let mut web = Service::new(Source::Image(ImageRef::new("web:1")?));
//! web.process = Process::new(["serve"]);
//! let mut desired = Desired::empty(id.clone());
//! desired.services.insert(ServiceName::new("web")?, web);
//! let mut project = Project::new(id.org.clone(), id.project.clone(), Digest::of("no manifest"));
//! project.environments.insert(id.env.clone(), Environment::new(desired));
//!
//! let run = engine.deploy(DeployRequest::new(project, id.env.clone())).await?;
//! let report = run.wait().await?;
//! assert!(report.outcome.is_success());
//! assert_eq!(engine.health(&id).await?.status.to_string(), "ready");
//! # Ok(())
//! # }
//! ```
//!
//! | here | what it is for |
//! |---|---|
//! | [`Engine`], [`EngineBuilder`] | the entry: plan, deploy, roll back, delete, cancel, recover, read |
//! | [`DeployRequest`] | what to deploy, from where, asked by whom |
//! | [`RunHandle`], [`RunReport`] | a run that goes on whoever drops the handle |
//! | [`CleanUp`], [`CleanUpReport`] | artifacts that nobody needs any more |
//! | [`RunRecord`] | a run, folded from its stream |
//!
//! # Spans and metrics
//!
//! Their names are API, and OpenTelemetry's where it has one. Metrics are events of the target
//! `eve_engine::metrics`, in the form that `tracing-opentelemetry` makes instruments of.
//!
//! | span | fields |
//! |---|---|
//! | `cicd.pipeline.run` | `cicd.pipeline.name`, `cicd.pipeline.run.id`, `cicd.pipeline.action.name`, `deployment.environment.name`, `cicd.pipeline.result`, `error.type` |
//! | `cicd.pipeline.task.run` | `cicd.pipeline.task.name`, `cicd.pipeline.task.type`, `cicd.pipeline.task.run.result`, `error.type` |
//! | `eve.operation` | `eve.operation.id`, `error.type` |
//!
//! | metric | kind | attributes |
//! |---|---|---|
//! | `cicd.pipeline.run.duration` | histogram, seconds | `cicd.pipeline.name`, `cicd.pipeline.run.state`, `cicd.pipeline.result`, `error.type` |
//! | `cicd.pipeline.run.active` | up-down counter | `cicd.pipeline.name`, `cicd.pipeline.run.state` |
//! | `cicd.pipeline.run.errors` | counter | `cicd.pipeline.name`, `error.type` |

mod binder;
mod builder;
mod clean_up;
mod court;
mod engine;
mod fences;
mod files;
mod first_look;
mod handle;
mod holding;
mod keeper;
mod leftovers;
mod new_run;
mod parts;
mod patience;
mod planner;
mod progress_log;
mod reading;
mod record;
mod recovery;
mod request;
mod run;
mod secrets;
mod telemetry;
mod unended;
mod walk;
mod writer;

pub use builder::EngineBuilder;
pub use clean_up::{CleanUp, CleanUpReport, KeptArtifact};
pub use engine::Engine;
pub use handle::{RunHandle, RunReport};
pub use leftovers::Leftovers;
pub use planner::Preparation;
pub use record::{AttemptRecord, RunRecord};
pub use request::{DeployRequest, DeployWhat};
pub use secrets::EnvironmentSecrets;
