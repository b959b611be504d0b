//! A pipeline.

use super::Step;
use crate::grammar::{At, Prose, mapping};

mapping! {
    /// A pipeline: steps that wait for each other.
    Pipeline = "pipeline" extensible {
        /// The steps.
        steps: Vec<At<Step>> = "steps", required;
        /// What it is for, for people.
        description: Prose = "description";
    }
    carried {
        "permissions": "What the token of its agents may do.";
        "resource_refs": "The documents that its agents are given.";
        "scope": "What the token of its agents is for.";
        "toolchains": "The tools that its agents find.";
    }
    not_used {
        "env": "The environment that it runs for by default.";
        "trigger": "The events that start it.";
        "wait_timeout": "How long callers wait for it.";
    }
    unsupported {
        "env_overrides": "write the variables under `environment` of the service";
    }
}
