//! What Compose has no word for.

use super::{
    ApiSpec, CommandLine, File, HealthProbe, Healthcheck, Ingress, Managed, Networking, ObjectStore, Requires,
    Resources, Rollout, Storage, TcpIngress,
};
use crate::grammar::{At, Period, mapping, words};
use crate::interpolation::TemplateText;

words! {
    /// What a service does for its environment.
    Role {
        Component = "component";
        Worker = "worker";
        Job = "job";
        ManagedDb = "managed_db";
        Database = "database";
    }
}

mapping! {
    /// What Compose has no word for.
    XEve = "x-eve section" {
        /// What it does: component (the default), worker, job or `managed_db`. database: a component that ends before its next
        /// release starts, is given 2m for that, and keeps /var/lib/postgresql/data.
        role: Role = "role" else "component";
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
        timeout: Period = "timeout" else "5m";
        /// How many attempts a job has after the first. 0 by default.
        retries: u32 = "retries" else 0;
        /// What has to be there before anything is deployed.
        requires: Requires = "requires";
        /// Ports that are reached from outside as they are.
        tcp_ingress: TcpIngress = "tcp_ingress";
        /// Buckets.
        object_store: ObjectStore = "object_store";
        /// How it reaches the outside.
        networking: Networking = "networking";
    }
    carried {
        "api_spec" as ApiSpec: "Its interface, for agents.";
        "api_specs" as Vec<At<ApiSpec>>: "Its interfaces, for agents.";
        "audit_log_table" as String: "Where requests are recorded, for agents that look into failures.";
        "cli" as CommandLine: "A command line for it, for agents.";
        "permissions" as Vec<At<String>>: "What the token of agents may do.";
        "request_id_column" as String: "How requests are found, for agents that look into failures.";
        "worker_type" as String: "A name by which work is routed to it.";
    }
}

/// `healthcheck` and `x-eve.health` share everything but what is tried.
impl XEve {
    pub(crate) fn conflicts_with(&self, healthcheck: Option<&At<Box<Healthcheck>>>) -> bool {
        self.health.is_some() && healthcheck.is_some()
    }
}
