#![doc = include_str!("../README.md")]

pub use eve_core::*;
pub use eve_engine::{
    AttemptRecord, CleanUp, CleanUpReport, DeployRequest, DeployWhat, Engine, EngineBuilder, EnvironmentSecrets,
    KeptArtifact, Leftovers, Preparation, RunHandle, RunRecord, RunReport,
};

#[cfg(all(unix, feature = "process", feature = "proxy", feature = "sqlite"))]
mod defaults;

/// The language `eve/compose/v2`.
pub mod manifest {
    pub use eve_manifest::*;
}

/// Environments on local processes.
#[cfg(all(unix, feature = "process"))]
pub mod process {
    pub use eve_runtime_process::*;
}

/// Environments on a Docker Engine.
#[cfg(all(unix, feature = "docker"))]
pub mod docker {
    pub use eve_runtime_docker::*;
}

/// Environments on a Kubernetes cluster.
#[cfg(feature = "k8s")]
pub mod k8s {
    pub use eve_runtime_k8s::*;
}

/// The built-in ingress.
#[cfg(feature = "proxy")]
pub mod proxy {
    pub use eve_proxy::*;
}

/// The process that holds a data plane while engines come and go.
#[cfg(all(unix, feature = "process"))]
pub mod supervisor {
    pub use eve_supervisor::*;
}

/// The journal, blobs and secrets in a directory.
#[cfg(feature = "sqlite")]
pub mod store {
    pub use eve_store::*;
}

#[cfg(all(unix, feature = "process", feature = "proxy", feature = "sqlite"))]
pub use defaults::{Embedded, EmbeddedConfig, EmbeddedParts, Reader, supervisor_hook};
