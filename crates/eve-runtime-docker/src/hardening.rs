//! What holds for every container, whatever runs in it.

use std::collections::HashMap;

use bollard::models::{HostConfig, HostConfigLogConfig};
use eve_core::ByteSize;
use eve_core::desired::Resources;
use serde::{Deserialize, Serialize};

use crate::config::DockerConfig;

/// What containers may do by default on most engines and next to none needs: raw packets, device
/// nodes, writing audit records, setting file capabilities and process capabilities.
const DROPPED: [&str; 5] = ["NET_RAW", "MKNOD", "AUDIT_WRITE", "SETFCAP", "SETPCAP"];

/// The bounds that the host sets for every container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bounds {
    pub(crate) pids: u32,
    pub(crate) log_file_bytes: u64,
    pub(crate) log_files: u32,
}

impl Bounds {
    pub(crate) fn of(config: &DockerConfig) -> Self {
        Self { pids: config.pids, log_file_bytes: config.log_file_bytes, log_files: config.log_files }
    }

    /// How much the engine keeps of what a container writes: files, and bytes of each.
    pub(crate) fn logs(&self) -> (u32, u64) {
        (self.log_files, self.log_file_bytes)
    }
}

/// A container's place on the host within these bounds, with no more rights than it needs.
pub(crate) fn host(bounds: &Bounds, resources: &Resources) -> HostConfig {
    let (limits, requests) = (&resources.limits, &resources.requests);
    let bytes = |size: ByteSize| i64::try_from(size.as_bytes()).unwrap_or(i64::MAX);
    let log = HashMap::from([
        ("max-size".to_owned(), bounds.log_file_bytes.to_string()),
        ("max-file".to_owned(), bounds.log_files.to_string()),
    ]);
    HostConfig {
        nano_cpus: limits.cpu.map(|cpu| i64::from(cpu.as_millis()) * 1_000_000),
        // A whole processor is 1024 shares; the engine takes no fewer than 2.
        cpu_shares: requests.cpu.map(|cpu| (i64::from(cpu.as_millis()) * 1024 / 1000).max(2)),
        memory: limits.memory.map(bytes),
        // No swap beyond it: a limit is a limit.
        memory_swap: limits.memory.map(bytes),
        memory_reservation: requests.memory.map(bytes),
        pids_limit: Some(i64::from(bounds.pids)),
        log_config: Some(HostConfigLogConfig { typ: Some("json-file".to_owned()), config: Some(log) }),
        privileged: Some(false),
        security_opt: Some(vec!["no-new-privileges".to_owned()]),
        cap_drop: Some(DROPPED.iter().map(|name| (*name).to_owned()).collect()),
        ..HostConfig::default()
    }
}
