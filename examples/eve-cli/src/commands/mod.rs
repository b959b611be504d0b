//! The commands, one a file.

pub(crate) mod cleanup;
mod conductor;
pub(crate) mod delete;
pub(crate) mod deploy;
pub(crate) mod diagnose;
pub(crate) mod exec;
pub(crate) mod health;
mod history;
pub(crate) mod job;
pub(crate) mod logs;
pub(crate) mod manifest;
pub(crate) mod namespaces;
mod others;
pub(crate) mod plan;
pub(crate) mod render;
pub(crate) mod rollback;
pub(crate) mod secret;
pub(crate) mod support;
