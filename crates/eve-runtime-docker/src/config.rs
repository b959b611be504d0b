//! What an embedder can set.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use eve_core::{AbsolutePath, Error, Result, codes};

use crate::subnet::SubnetPool;

/// Which engine holds environments, and the bounds that they are held to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DockerConfig {
    /// Where the engine listens: `unix://` and a path, or `tcp://` and an address. Default
    /// `unix:///var/run/docker.sock`.
    pub host: String,
    /// Whose objects these are: what bears another owner's name is a stranger's. Two installations
    /// that share an engine need different ones. Default `eve`.
    pub owner: Owner,
    /// Where environments get their subnets from. Default 10.224.0.0/13 in parts of 24 leading bits.
    pub pool: SubnetPool,
    /// The host's address on which ports are published that name none. Default 127.0.0.1.
    pub publish: IpAddr,
    /// How many processes and threads a container may have. Default 4096.
    pub pids: u32,
    /// How large a log file grows before the engine begins the next one. Default 10 MB.
    pub log_file_bytes: u64,
    /// How many log files the engine keeps of a container. Default 3.
    pub log_files: u32,
    /// How many containers are started at once. Default 8: more only makes each start slower.
    pub starts_at_once: usize,
    /// Where secrets are kept that services find as files: a folder of this user's own, on a file system
    /// in memory. Default `/run/eve-secrets` for root where `/run` is in memory, and else
    /// `/dev/shm/eve-<user>`, which some systems empty when that user logs out.
    pub secrets_dir: Option<PathBuf>,
    /// Folders that no image holds, wherever a build context begins: what an engine of Eve's remembers.
    /// `.eve/state` is left out anyway. Default none.
    pub leave_out: Vec<PathBuf>,
    /// How long the engine may take to answer what is no start, stop or pull. Default 60 s.
    pub patience: Duration,
}

/// Whose objects these are: letters, digits, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner(String);

impl Owner {
    /// An owner by its name.
    ///
    /// # Errors
    /// `name.invalid`.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if (1..=63).contains(&name.len()) && name.bytes().all(plain) {
            return Ok(Self(name));
        }
        Err(Error::invalid(codes::NAME_INVALID, format!("{name:?} is no owner's name"))
            .with_hint("write 1 to 63 letters, digits, dots, dashes or underscores"))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for DockerConfig {
    fn default() -> Self {
        Self {
            host: "unix:///var/run/docker.sock".to_owned(),
            owner: Owner("eve".to_owned()),
            pool: SubnetPool::default(),
            publish: IpAddr::V4(Ipv4Addr::LOCALHOST),
            pids: 4096,
            log_file_bytes: 10_000_000,
            log_files: 3,
            starts_at_once: 8,
            secrets_dir: None,
            leave_out: Vec::new(),
            patience: Duration::from_secs(60),
        }
    }
}

impl DockerConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The defaults, on the engine that `DOCKER_HOST` names where it is set and not empty.
    pub fn from_env() -> Self {
        match std::env::var("DOCKER_HOST") {
            Ok(host) if !host.is_empty() => Self::new().with_host(host),
            _ => Self::new(),
        }
    }

    /// True for an engine behind a socket of this machine.
    pub(crate) fn is_here(&self) -> bool {
        self.host.starts_with("unix://")
    }

    /// The engine's socket, where it is one of this machine.
    pub(crate) fn socket(&self) -> Option<AbsolutePath> {
        AbsolutePath::new(self.host.strip_prefix("unix://")?).ok()
    }

    /// Sets where the engine listens.
    pub fn with_host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// Sets whose objects these are.
    pub fn with_owner(mut self, owner: Owner) -> Self {
        self.owner = owner;
        self
    }

    /// Sets where environments get their subnets from.
    pub fn with_pool(mut self, pool: SubnetPool) -> Self {
        self.pool = pool;
        self
    }

    /// Sets the host's address on which ports are published that name none.
    pub fn with_publish(mut self, address: IpAddr) -> Self {
        self.publish = address;
        self
    }

    /// Sets how large a log file grows (at least 1), and how many the engine keeps (at least 1).
    pub fn with_log_rotation(mut self, bytes: u64, files: u32) -> Self {
        self.log_file_bytes = bytes.max(1);
        self.log_files = files.max(1);
        self
    }

    /// Sets where secrets are kept that services find as files.
    pub fn with_secrets_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.secrets_dir = Some(dir.into());
        self
    }

    /// Names a folder that no image holds.
    pub fn with_left_out(mut self, dir: impl Into<PathBuf>) -> Self {
        self.leave_out.push(dir.into());
        self
    }

    /// Sets how many containers are started at once (at least 1).
    pub fn with_starts_at_once(mut self, starts: usize) -> Self {
        self.starts_at_once = starts.max(1);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_plain_text() {
        for good in ["eve", "a.b_c-1", &"x".repeat(63)] {
            assert_eq!(Owner::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a=b", "é", &"x".repeat(64)] {
            assert_eq!(Owner::new(bad).unwrap_err().code(), &codes::NAME_INVALID, "{bad:?}");
        }
    }
}
