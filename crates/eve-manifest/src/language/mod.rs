//! The language itself: one file per kind of mapping or value, each with its table of keys.

mod build;
mod command;
mod dependency;
mod environment;
mod healthcheck;
mod ingress;
mod pipeline;
mod port;
mod resources;
mod restart;
mod rollout;
mod root;
mod service;
mod step;
mod storage;
mod variables;
mod volume;
mod x_eve;

pub(crate) use build::Build;
pub(crate) use command::Command;
pub(crate) use dependency::{Condition, DependsOn};
pub(crate) use environment::{Environment, EnvironmentKind, EnvironmentType, Part};
pub(crate) use healthcheck::{HealthProbe, Healthcheck};
pub(crate) use ingress::Ingress;
pub(crate) use pipeline::Pipeline;
pub(crate) use port::PortText;
pub(crate) use resources::{Amounts, Deploy, Resources};
pub(crate) use restart::Restart;
pub(crate) use rollout::{Rollout, StrategyWord};
pub(crate) use root::Root;
pub(crate) use service::Service;
pub(crate) use step::{Action, ActionType, Step};
pub(crate) use storage::{AccessMode, File, Storage};
pub(crate) use variables::Variables;
pub(crate) use volume::{Volume, VolumeText};
pub(crate) use x_eve::{Role, XEve};
