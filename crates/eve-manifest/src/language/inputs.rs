//! What each of Eve's own actions is told.

use eve_core::{Digest, EnvName, ServiceName, VarName};

use super::{ActionType, Command, EnvironmentKind};
use crate::grammar::{At, Map, Period, Prose, mapping, parsed, ruled};

parsed! {
    Digest, "a digest";
}

ruled! {
    /// A commit by its whole name.
    #[expect(dead_code, reason = "it is checked, and nothing builds a commit by name yet")]
    Commit = "the name of a commit", "^([0-9a-f]{40}|[0-9a-f]{64})$", is_commit, "write all 40 digits of it, in small letters; a branch or a tag may move";
}

fn is_commit(text: &str) -> bool {
    [40, 64].contains(&text.len()) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// What an action is told.
#[derive(Debug, Clone)]
pub(crate) enum Inputs {
    Build(BuildInputs),
    Release(ReleaseInputs),
    Deploy(DeployInputs),
    Job(JobInputs),
    Run(RunInputs),
    /// Of an action that is not built: they are read, and nothing is done with them.
    Others,
}

mapping! {
    /// Makes artifacts of services that are built.
    BuildInputs = "build action" {
        /// The services. All that are built by default.
        components: Vec<At<String>> = "components";
        /// The commit that is built.
        git_sha: Commit = "git_sha";
        /// The manifest by which it is built.
        manifest_hash: Digest = "manifest_hash";
    }
    checked {
        "type" as ActionType, required: "What it does.";
    }
    not_used {
        "force_rebuild": "Whether even what is there already is built.";
        "tag": "What the images are tagged with in a registry.";
    }
}

mapping! {
    /// Records what was built as an immutable release.
    ReleaseInputs = "release action" {
        /// The build. What the steps before it built by default.
        build_id: String = "build_id";
        /// The digest of each service's image. What the steps before it built by default.
        image_digests: Map<ServiceName, Digest> = "image_digests";
    }
    checked {
        "type" as ActionType, required: "What it does.";
    }
}

mapping! {
    /// Brings the environment to the release.
    DeployInputs = "deploy action" {
        /// The environment. The run's own by default.
        env_name: String = "env_name";
        /// The release. The one of the steps before it by default.
        release_id: String = "release_id";
        /// How long it may take. By default as long as its services may, each 180s or what its rollout says.
        timeout: Period = "timeout" | "timeout_seconds";
    }
    checked {
        "type" as ActionType, required: "What it does.";
    }
}

mapping! {
    /// Runs a service of role job to its end.
    JobInputs = "job action" {
        /// The service of role job.
        service: String = "service", required;
        /// The environment. The run's own by default.
        env_name: String = "env_name";
        /// The release. The one of the steps before it by default.
        release_id: String = "release_id";
        /// How long it may take. 300s by default, or what the job's own timeout says.
        timeout: Period = "timeout" | "timeout_seconds";
    }
    checked {
        "type" as ActionType, required: "What it does.";
    }
}

mapping! {
    /// Runs a command, or a service of role job.
    RunInputs = "run action" {
        /// The command line.
        command: Command = "command";
        /// The service of role job, where there is no command.
        service: String = "service";
        /// How long it may take. 1800s by default, a job as long as a job may.
        timeout: Period = "timeout" | "timeout_seconds";
    }
    checked {
        "type" as ActionType, required: "What it does.";
    }
    unsupported {
        "command_ref": "write `command`";
    }
}

mapping! {
    /// Proposes a change to the project's repository.
    CreatePrInputs = "create-pr action" {}
    checked {
        "type" as ActionType, required: "What it does.";
        "head" as String, required: "The branch that it comes from.";
        "base" as String: "The branch that it goes to. main by default.";
        "title" as Prose: "Its title.";
        "body" as Prose: "Its text.";
        "draft" as bool: "Whether it is a draft.";
        "repo" as String: "The repository. The project's own by default.";
        "dry_run" as bool: "Whether it is only tried.";
        "review_required" as String: "Who reviews it. human by default.";
    }
}

mapping! {
    /// Tells people in a chat.
    NotifyInputs = "notify action" {}
    checked {
        "type" as ActionType, required: "What it does.";
        "channel" as String: "Where.";
        "message" as Prose: "What.";
    }
}

mapping! {
    /// Makes sure that an environment is there.
    EnvEnsureInputs = "env-ensure action" {}
    checked {
        "type" as ActionType, required: "What it does.";
        "env_name" as EnvName, required: "The environment. It need not be declared.";
        "kind" as EnvironmentKind: "What it is for: standard (the default) or preview.";
        "labels" as Map<VarName, String>: "Words by which it is found, each with its value.";
    }
}

mapping! {
    /// Ends an environment.
    EnvDeleteInputs = "env-delete action" {}
    checked {
        "type" as ActionType, required: "What it does.";
        "env_name" as EnvName, required: "The environment. It need not be declared.";
    }
}
