//! How much a service may use.

use eve_core::{ByteSize, MilliCpu};

use crate::grammar::mapping;

mapping! {
    /// How much a service is promised and may use.
    Resources = "resources section" {
        /// What it may use at most.
        limits: Amounts = "limits";
        /// What it is promised.
        requests: Amounts = "requests" | "reservations";
    }
}

mapping! {
    /// Amounts of each resource.
    Amounts = "section of amounts" {
        /// Processors: 500m, 0.5, 2.
        cpu: MilliCpu = "cpu" | "cpus";
        /// Memory: 512Mi, 1.5g.
        memory: ByteSize = "memory";
    }
    not_used {
        "ephemeral-storage": "Disk that ends with the workload.";
        "pids": "Processes.";
    }
    unsupported {
        "devices": "remove it; devices cannot be given to a service";
    }
}

mapping! {
    /// Compose's section for clusters.
    Deploy = "deploy section" {
        /// How many of it run side by side.
        replicas: u32 = "replicas";
        /// How much it may use.
        resources: Resources = "resources";
    }
    not_used {
        "endpoint_mode": "How it is found.";
        "labels": "Labels of the service.";
        "mode": "How replicas are spread.";
        "placement": "Where it runs.";
        "restart_policy": "What happens when it ends; write `restart`.";
        "rollback_config": "How a rollback goes on.";
        "update_config": "How an update goes on; write `x-eve.rollout`.";
    }
}
