//! A step of a pipeline.

use eve_core::SecretName;
use schemars::{Schema, json_schema};

use super::{Action, ActionType, Command, EnvOverrides};
use crate::grammar::{At, Definitions, Period, Prose, Reader, Shape, mapping};
use crate::tree::{Node, Value};

mapping! {
    /// A step of a pipeline.
    Step = "step" {
        /// Its name. step-1, step-2, … by default.
        name: String = "name";
        /// The steps that must have succeeded before it.
        depends_on: Vec<At<String>> = "depends_on";
        /// What it does: one of Eve's own actions.
        action: Action = "action";
        /// What it does: a command.
        script: Script = "script";
        /// What it does: a command, in short.
        run: Command = "run";
        /// What it needs before the run starts.
        requires: Requires = "requires";
        /// Variables that its command or job finds: text and secrets. They win over the job's own.
        env_overrides: EnvOverrides = "env_overrides";
    }
    carried {
        "agent": "What it does: an agent's work.";
        "harness": "What runs its agent.";
        "harness_options": "Settings of what runs its agent.";
        "harness_preference": "What should run its agent.";
        "harness_profile": "A named set of such settings.";
        "harness_profile_override": "What differs from that set.";
        "hints": "What its agent should know.";
        "permissions" as Vec<At<String>>: "What the token of its agent may do.";
        "prompt" as Prose: "What its agent is asked for.";
        "scope": "What the token of its agent is for.";
        "toolchains" as Vec<At<String>>: "The tools that its agent finds.";
    }
}

mapping! {
    /// A command with its settings.
    ScriptMapping = "script section" {
        /// The command line.
        run: Command = "run" | "command", required;
        /// How long it may take. 300s by default.
        timeout: Period = "timeout" | "timeout_seconds";
    }
}

mapping! {
    /// What a step needs.
    Requires = "requires section" {
        /// Secrets that must be in the store.
        secrets: Vec<At<SecretName>> = "secrets";
    }
}

/// A command, with or without settings.
#[derive(Debug, Clone)]
pub(crate) struct Script(pub(crate) ScriptMapping);

impl Shape for Script {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if matches!(node.value, Value::Mapping(_)) {
            return ScriptMapping::read(node, reader).map(Self);
        }
        At::<Command>::read(node, reader).map(|run| Self(ScriptMapping { run: Some(run), ..ScriptMapping::default() }))
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json_schema!({ "anyOf": [Command::schema(definitions), ScriptMapping::schema(definitions)] })
    }
}

impl Step {
    /// True if it runs something that finds environment variables.
    pub(crate) fn runs(&self) -> bool {
        let kind = self.action.as_ref().and_then(|at| at.value.kind.as_ref()).map(|at| at.value);
        self.action.is_none() || matches!(kind, None | Some(ActionType::Job | ActionType::Run))
    }

    /// Its name, where it is the step number `index` from 0 of its pipeline.
    pub(crate) fn name_at(&self, index: usize) -> String {
        self.name.as_ref().map_or_else(|| format!("step-{}", index + 1), |at| at.value.clone())
    }
}
