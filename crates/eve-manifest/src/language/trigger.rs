//! What starts a pipeline by itself.

use eve_core::{BranchPattern, Schedule};
use schemars::{Schema, json_schema};

use crate::grammar::{At, Definitions, Reader, Shape, mapping, parsed, words};
use crate::tree::{Node, Value};

parsed! {
    BranchPattern, "a branch, or a pattern of branches";
    Schedule, "a schedule";
}

words! {
    /// What happens in a repository.
    GithubEvent {
        Push = "push";
        PullRequest = "pull_request";
    }
}

words! {
    /// What happens to a pull request.
    PullRequestWord {
        Opened = "opened";
        Synchronize = "synchronize";
        Reopened = "reopened";
        Closed = "closed";
    }
}

mapping! {
    /// What starts a pipeline by itself: one of these.
    Trigger = "trigger" {
        /// Something that happens in the project's repository.
        github: Github = "github";
        /// Something that the platform tells of itself.
        system: SystemEvent = "system";
        /// A schedule, in UTC.
        cron: Cron = "cron";
        /// An event of an app.
        app: AppEvent = "app";
        /// An event of an app that this one is linked with.
        app_link: AppLink = "app_link";
        /// An event of another system.
        event: ForeignEvent = "event";
        /// true: nothing starts it, somebody has to ask for it.
        manual: bool = "manual";
    }
    carried {
        "slack": "Something that is said in a chat.";
    }
}

mapping! {
    /// Something that happens in the project's repository.
    Github = "github trigger" {
        /// push or `pull_request`.
        event: GithubEvent = "event", required;
        /// push: the branch, or a pattern: `release/*`, `*/fix`, `*-rc`. All branches by default.
        branch: BranchPattern = "branch";
        /// `pull_request`: opened, synchronize, reopened or closed, or a list of those. All by default.
        action: PullRequestWords = "action";
        /// `pull_request`: the branch that it goes to, or a pattern. All branches by default.
        base_branch: BranchPattern = "base_branch";
    }
}

mapping! {
    /// Something that the platform tells of itself.
    SystemEvent = "system trigger" {
        /// The event: job.failed, job.attempt.completed, pipeline.failed and others.
        event: String = "event", required;
        /// The pipeline that it is about. Any by default.
        pipeline: String = "pipeline";
    }
}

mapping! {
    /// A schedule.
    Cron = "cron trigger" {
        /// Minute, hour, day of the month, month and day of the week, in UTC: `0 3 * * *`.
        schedule: Schedule = "schedule", required;
    }
}

mapping! {
    /// An event of an app.
    AppEvent = "app trigger" {
        /// The event, by its full name.
        event: String = "event", required;
    }
}

mapping! {
    /// An event of an app that this one is linked with.
    AppLink = "app_link trigger" {
        /// What this project calls the link.
        alias: String = "alias", required;
        /// The event. Any by default.
        kind: String = "type";
    }
}

mapping! {
    /// An event of another system.
    ForeignEvent = "event trigger" {
        /// Who tells of it.
        source: String = "source", required;
        /// The event. Any by default.
        kind: String = "type";
    }
}

/// One word, or a list of them.
#[derive(Debug, Clone)]
pub(crate) struct PullRequestWords(pub(crate) Vec<At<PullRequestWord>>);

impl Shape for PullRequestWords {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if matches!(node.value, Value::List(_)) {
            return Vec::read(node, reader).map(Self);
        }
        At::read(node, reader).map(|one| Self(vec![one]))
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let one = PullRequestWord::schema(definitions);
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}
