//! A pipeline.

use super::{Step, Trigger};
use crate::grammar::{At, Period, Prose, mapping};

mapping! {
    /// A pipeline: steps that wait for each other.
    Pipeline = "pipeline" extensible {
        /// The steps.
        steps: Vec<At<Step>> = "steps", required;
        /// What it is for, for people.
        description: Prose = "description";
        /// What starts it by itself.
        trigger: Trigger = "trigger";
        /// The environment that it runs for where nobody names one.
        env: String = "env";
        /// How long callers wait for it.
        wait_timeout: Period = "wait_timeout";
    }
    carried {
        "permissions": "What the token of its agents may do.";
        "resource_refs": "The documents that its agents are given.";
        "scope": "What the token of its agents is for.";
        "toolchains": "The tools that its agents find.";
    }
    unsupported {
        "env_overrides": "write the variables under `environment` of the service";
    }
}
