//! How versions are chosen.

use super::storage::Within;
use crate::grammar::{At, mapping, words};

words! {
    /// What versions look like.
    VersionScheme {
        Semver = "semver";
    }
}

words! {
    /// Where versions come from.
    VersionSource {
        ConventionalCommits = "conventional_commits";
        Manual = "manual";
        GitTag = "git_tag";
        File = "file";
    }
}

mapping! {
    /// How versions are chosen.
    Versioning = "versioning section" {
    }
    checked {
        "scheme" as VersionScheme: "What they look like: semver.";
        "source" as VersionSource: "Where they come from: conventional_commits, manual, git_tag or file.";
        "tag" as VersionTag: "How commits are tagged.";
        "files" as Vec<At<Within>>: "The files that a version is written into.";
    }
}

mapping! {
    /// How commits are tagged.
    VersionTag = "tag section" {
    }
    checked {
        "enabled" as bool: "Whether they are.";
        "format" as String: "What a tag looks like.";
    }
}
