//! A step of a pipeline.

use eve_core::SecretName;
use schemars::{Schema, json_schema};

use super::Command;
use crate::grammar::{At, Definitions, Period, Reader, Shape, mapping, words};
use crate::tree::{Node, Value};

words! {
    /// What an action does.
    ActionType {
        Build = "build";
        Release = "release";
        Deploy = "deploy";
        Job = "job";
        Run = "run";
        CreatePr = "create-pr";
        Notify = "notify";
        EnvEnsure = "env-ensure";
        EnvDelete = "env-delete";
    }
}

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
    }
    carried {
        "agent": "What it does: an agent's work.";
        "harness": "What runs its agent.";
        "harness_options": "Settings of what runs its agent.";
        "harness_preference": "What should run its agent.";
        "harness_profile": "A named set of such settings.";
        "hints": "What its agent should know.";
        "permissions": "What the token of its agent may do.";
        "scope": "What the token of its agent is for.";
        "toolchains": "The tools that its agent finds.";
    }
    unsupported {
        "env_overrides": "write the variables under `environment` of a service of role job";
    }
}

mapping! {
    /// One of Eve's own actions, its inputs beside its type.
    Action = "action" {
        /// build, release, deploy, job, run, create-pr, notify, env-ensure or env-delete.
        kind: ActionType = "type", required;
        /// build: the services. All that are built by default.
        components: Vec<At<String>> = "components";
        /// deploy and job: the environment. The run's own by default.
        env_name: String = "env_name";
        /// job: the service of role job.
        service: String = "service";
        /// run: the command line.
        command: Command = "command";
        /// How long it may take.
        timeout: Period = "timeout" | "timeout_seconds";
    }
    not_used {
        "base": "create-pr: the branch it goes to.";
        "body": "create-pr: the text.";
        "build_id": "release: the build.";
        "channel": "notify: where.";
        "draft": "create-pr: whether it is a draft.";
        "dry_run": "create-pr: whether it is only tried.";
        "force_rebuild": "build: even what is there already.";
        "head": "create-pr: the branch it comes from.";
        "image_digests": "release: the artifacts.";
        "kind": "env-ensure: what the environment is for.";
        "labels": "env-ensure: words by which it is found.";
        "message": "notify: what.";
        "release_id": "deploy: the release.";
        "repo": "create-pr: the repository.";
        "review_required": "create-pr: who reviews.";
        "tag": "build: the tag.";
        "title": "create-pr: the title.";
    }
    unsupported {
        "command_ref": "write `command`";
        "with": "write the inputs directly beside `type`";
    }
}

mapping! {
    /// A command with its settings.
    ScriptMapping = "script section" {
        /// The command line.
        run: Command = "run" | "command", required;
        /// How long it may take.
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
    /// Its name, where it is the step number `index` from 0 of its pipeline.
    pub(crate) fn name_at(&self, index: usize) -> String {
        self.name.as_ref().map_or_else(|| format!("step-{}", index + 1), |at| at.value.clone())
    }
}
