//! A pipeline.

use super::{EnvOverrides, ResourceRefs, Step, Trigger};
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
        /// The environment that it runs for where nobody names one. Kept, and not used yet.
        env: String = "env";
        /// Variables that the commands and jobs of its steps find; those of a step win.
        env_overrides: EnvOverrides = "env_overrides";
        /// How long callers wait for it. Kept, and not used yet.
        wait_timeout: Period = "wait_timeout";
    }
    carried {
        "permissions" as Vec<At<String>>: "What the token of its agents may do.";
        "resource_refs" as ResourceRefs: "The documents that its agents are given.";
        "scope": "What the token of its agents is for.";
        "toolchains" as Vec<At<String>>: "The tools that its agents find.";
    }
}
