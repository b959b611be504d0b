//! What a supervisor is told when it starts.

use std::net::IpAddr;
use std::path::Path;

use eve_core::Result;
use eve_core::control::Message;
use eve_supervisor::Launcher;
use serde::{Deserialize, Serialize};

use super::EmbeddedConfig;

/// What of a config matters to the process that holds the data plane. The rest comes with each
/// child.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Setting {
    pub(super) ingress_port: u16,
    pub(super) log_rotation: (u64, usize),
    pub(super) internal_bind: IpAddr,
}

/// How a supervisor is started.
pub(super) fn launcher(program: &Path, config: &EmbeddedConfig) -> Result<Launcher> {
    let setting = Setting {
        ingress_port: config.ingress_port,
        log_rotation: config.log_rotation,
        internal_bind: config.internal_bind,
    };
    Ok(Launcher::new(program, Message::of(&setting)?))
}
