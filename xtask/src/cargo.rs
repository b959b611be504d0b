//! The checks that cargo does.

use crate::failure::Result;
use crate::features;
use crate::step::{Program, step};

/// Cargo itself, as it was called.
pub(crate) fn cargo(args: &[&str]) -> Program {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    Program::new(&cargo, args)
}

pub(crate) fn fmt() -> Result {
    step("fmt", || cargo(&["fmt", "--all", "--check"]).run())
}

/// The lints with all features first, whose build the other two share most of.
pub(crate) fn clippy() -> Result {
    let deny = ["--", "-D", "warnings"];
    let workspace = ["clippy", "--workspace", "--all-targets"];
    step("clippy, all features", || cargo(&[&workspace[..], &["--all-features"], &deny].concat()).run())?;
    step("clippy, default features", || cargo(&[&workspace[..], &deny].concat()).run())?;
    let facade = ["clippy", "-p", "eve-sdk", "--no-default-features", "--lib"];
    step("clippy, no features", || cargo(&[&facade[..], &deny].concat()).run())
}

/// The documentation of every library.
///
/// The reference command line is left out: its binary has the facade's name, and the two pages would
/// overwrite each other.
pub(crate) fn doc() -> Result {
    let args = ["doc", "--workspace", "--exclude", "eve-cli", "--no-deps", "--all-features"];
    step("doc", || cargo(&args).with_env("RUSTDOCFLAGS", "-D warnings").run())
}

pub(crate) fn deny() -> Result {
    step("deny", || cargo(&["deny", "check", "bans", "licenses", "sources"]).run())
}

/// The facade with each of its features alone.
pub(crate) fn features() -> Result {
    step("eve-core without features", || cargo(&["check", "-p", "eve-core", "--no-default-features", "--lib"]).run())?;
    for feature in features::of_facade()? {
        step(&format!("feature {feature} alone"), || {
            cargo(&["check", "-p", "eve-sdk", "--no-default-features", "--features", &feature, "--lib"]).run()
        })?;
    }
    Ok(())
}

/// All tests, with the runner's own output.
pub(crate) fn test() -> Result {
    step("test", || cargo(&["test"]).run())
}

pub(crate) fn switches() -> Result {
    step("switches", || cargo(&["bench", "-p", "eve-sdk", "--bench", "switch"]).run())
}

/// Every bench that needs no Docker Engine and no cluster, once and not for its figures: that it still runs.
pub(crate) fn benches() -> Result {
    const ALL: [&[&str]; 5] = [
        &["-p", "eve-manifest", "--bench", "language", "--", "--smoke"],
        &["-p", "eve-store", "--bench", "append"],
        &["-p", "eve-proxy", "--bench", "overhead", "--bench", "switch"],
        &["-p", "eve-sdk", "--bench", "footprint"],
        &["-p", "eve-sdk", "--bench", "switch", "--", "5"],
    ];
    step("benches", || ALL.iter().try_for_each(|one| cargo(&[&["bench", "--profile", "dev"], *one].concat()).run()))
}

/// The tests that are ignored elsewhere, since they mount a disk or start somebody else's process.
pub(crate) fn root_tests() -> Result {
    step("tests that need root", || {
        cargo(&["test", "-p", "eve-store", "-p", "eve-supervisor", "--", "--ignored"]).run()
    })
}

/// The quickstart, for programs to read.
pub(crate) fn quickstart(more: &[&str]) -> Program {
    cargo(&[&["run", "--quiet", "--example", "quickstart", "--", "--json"], more].concat())
}
