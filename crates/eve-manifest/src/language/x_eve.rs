//! What Compose has no word for.

use super::{File, HealthProbe, Healthcheck, Ingress, Managed, Requires, Resources, Rollout, Storage};
use crate::grammar::{At, Period, mapping, words};
use crate::interpolation::TemplateText;

words! {
    /// What a service does for its environment.
    Role {
        Component = "component";
        Worker = "worker";
        Job = "job";
        ManagedDb = "managed_db" | "database";
    }
}

mapping! {
    /// What Compose has no word for.
    XEve = "x-eve section" {
        /// What it does: component (the default), worker, job or `managed_db`.
        role: Role = "role";
        /// How it is reached from outside. Without this key it is not.
        ingress: Ingress = "ingress";
        /// True if it runs somewhere else and is not deployed. True by default where `connection_url` stands.
        external: bool = "external";
        /// Where an external service is, which is its ${service.NAME.url} for others. May hold ${secret.KEY}.
        connection_url: TemplateText = "connection_url" | "url";
        /// How to tell that it can do its work.
        health: HealthProbe = "health";
        /// How much it may use.
        resources: Resources = "resources";
        /// How a new release takes over.
        rollout: Rollout = "rollout";
        /// A folder that outlives it.
        storage: Storage = "storage";
        /// Files of the project that are put in place before it starts.
        files: Vec<At<File>> = "files";
        /// What a managed database is like.
        managed: Managed = "managed";
        /// How long one attempt of a job may take. 5m by default.
        timeout: Period = "timeout";
        /// How many attempts a job has after the first. 0 by default.
        retries: u32 = "retries";
        /// What has to be there before anything is deployed.
        requires: Requires = "requires";
    }
    carried {
        "api_spec": "Its interface, for agents.";
        "api_specs": "Its interfaces, for agents.";
        "audit_log_table": "Where requests are recorded, for agents that look into failures.";
        "cli": "A command line for it, for agents.";
        "permissions": "What the token of agents may do.";
        "request_id_column": "How requests are found, for agents that look into failures.";
        "worker_type": "A name by which work is routed to it.";
    }
    unsupported {
        "networking": "remove it; how it reaches the outside cannot be chosen yet";
        "object_store": "buckets are not built yet";
        "tcp_ingress": "remove it; only HTTP is led in from outside yet";
    }
}

/// `healthcheck` and `x-eve.health` share everything but what is tried.
impl XEve {
    pub(crate) fn conflicts_with(&self, healthcheck: Option<&At<Healthcheck>>) -> bool {
        self.health.is_some() && healthcheck.is_some()
    }
}
