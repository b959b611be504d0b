//! The commands.

use crate::failure::{Failure, Result};
use crate::real_part::{DOCKER, KUBERNETES};
use crate::{cargo, fuzz, msrv, quickstart, sizes, test_files};

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Benches,
    Ci,
    Clippy,
    Deny,
    Doc,
    Features,
    Fmt,
    Fuzz,
    Msrv,
    Quickstart,
    RootTests,
    Sizes,
    Switches,
    Test,
    TestDocker,
    TestFiles,
    TestK8s,
}

impl Command {
    const ALL: [(&str, Self, &str); 17] = [
        ("ci", Self::Ci, "every check below but `switches`, in order, up to the first failure"),
        ("fmt", Self::Fmt, "formatting"),
        ("fuzz", Self::Fuzz, "hostile text for a minute, tried on manifests, interpolation, units and names"),
        ("sizes", Self::Sizes, "no file over 600 lines of code, a median of at most 150 lines"),
        ("test-files", Self::TestFiles, "every file below tests/ is compiled by a test target"),
        ("msrv", Self::Msrv, "every package states its rust-version, which clippy then holds it to"),
        ("deny", Self::Deny, "bans, licences and sources of dependencies"),
        ("clippy", Self::Clippy, "lints with all, default and no features"),
        ("features", Self::Features, "eve-core with no feature, and the facade with each alone"),
        ("doc", Self::Doc, "documentation without warnings"),
        ("test", Self::Test, "cargo test"),
        ("quickstart", Self::Quickstart, "the quickstart, with its summary checked"),
        ("benches", Self::Benches, "every bench once, to see that it runs; those on Docker are in `test-docker`"),
        ("root-tests", Self::RootTests, "the tests that need root; `ci` runs them where it is root"),
        (
            "test-docker",
            Self::TestDocker,
            "the tests that need a Docker Engine, found or started; `ci` where one can be had",
        ),
        (
            "test-k8s",
            Self::TestK8s,
            "the tests that need a Kubernetes cluster, found or started; `ci` where one can be had",
        ),
        ("switches", Self::Switches, "many switches under load, with their figures"),
    ];

    /// The command that the words name.
    pub(crate) fn parse(words: &[String]) -> Result<Self> {
        let [name] = words else { return Err(Failure::usage(Self::usage())) };
        Self::ALL
            .into_iter()
            .find(|(known, ..)| known == name)
            .map(|(_, command, _)| command)
            .ok_or_else(|| Failure::usage(format!("there is no command `{name}`\n{}", Self::usage())))
    }

    pub(crate) fn run(self) -> Result {
        match self {
            Self::Benches => cargo::benches(),
            Self::Ci => ci(),
            Self::Clippy => cargo::clippy(),
            Self::Deny => cargo::deny(),
            Self::Doc => cargo::doc(),
            Self::Features => cargo::features(),
            Self::Fmt => cargo::fmt(),
            Self::Fuzz => fuzz::run(),
            Self::Msrv => msrv::check(),
            Self::Quickstart => quickstart::check(),
            Self::RootTests => cargo::root_tests(),
            Self::Sizes => sizes::check(),
            Self::Switches => cargo::switches(),
            Self::Test => cargo::test(),
            Self::TestDocker => DOCKER.tests(),
            Self::TestK8s => KUBERNETES.tests(),
            Self::TestFiles => test_files::check(),
        }
    }

    fn usage() -> String {
        let lines = Self::ALL.map(|(name, _, about)| format!("\n  {name:<12}{about}"));
        format!("usage: cargo xtask <command>{}", lines.concat())
    }
}

/// Everything, the cheap checks first, and the tests last: their own closing lines end the output.
fn ci() -> Result {
    cargo::fmt()?;
    sizes::check()?;
    test_files::check()?;
    msrv::check()?;
    cargo::deny()?;
    cargo::clippy()?;
    cargo::features()?;
    cargo::doc()?;
    fuzz::run()?;
    quickstart::check()?;
    cargo::benches()?;
    if is_root() {
        cargo::root_tests()?;
        DOCKER.tests_where_possible()?;
        KUBERNETES.tests_where_possible()?;
    } else {
        println!("not root: the tests that need root, a Docker Engine or a cluster are left out");
    }
    cargo::test()
}

/// True if this process is root's, where the system tells.
#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_found_by_its_name() {
        for (name, command, _) in Command::ALL {
            assert_eq!(Command::parse(&[name.to_owned()]).ok(), Some(command));
        }
    }

    #[test]
    fn anything_but_one_known_word_is_a_usage_error() {
        for words in [&[][..], &["no-such".to_owned()], &["fmt".to_owned(), "more".to_owned()]] {
            assert!(Command::parse(words).is_err(), "{words:?}");
        }
    }
}
