//! A pipeline.

use super::Step;
use crate::grammar::{At, mapping};

mapping! {
    /// A pipeline: steps that wait for each other.
    Pipeline = "pipeline" extensible {
        /// The steps.
        steps: Vec<At<Step>> = "steps", required;
    }
    not_used {
        "description": "What it is for, for people.";
        "env": "The environment that it runs for by default.";
        "permissions": "What its token may do.";
        "resource_refs": "The documents that it is given.";
        "scope": "What its token is for.";
        "toolchains": "The tools that its steps find.";
        "trigger": "The events that start it.";
        "wait_timeout": "How long callers wait for it.";
    }
    unsupported {
        "env_overrides": "write the variables under `environment` of the service";
    }
}
