//! Hostile text, tried over and over for a while.

use std::path::{Path, PathBuf};

use crate::cargo::cargo;
use crate::failure::{Failure, Result};
use crate::step::{Program, step};
use crate::workspace;

/// The targets of `fuzz/`.
const TARGETS: [&str; 3] = ["parse", "interpolate", "words"];
/// How long each of them is tried, in seconds.
const SECONDS: u32 = 60;
/// What makes a program tell which ways text takes through it, with a compiler that is released.
const FLAGS: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Ccodegen-units=1",
    "--cfg=fuzzing",
];

/// Builds the targets, and tries all of them at the same time, each from its corpus on.
pub(crate) fn run() -> Result {
    let target = target_dir().join("fuzz");
    let host = host()?;
    step("fuzz, build", || {
        let folder = target.to_string_lossy();
        let args = ["build", "--release", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--target", &host];
        // With a target that is named, the flags are not for what runs while building.
        cargo(&[&args[..], &["--target-dir", &folder]].concat()).with_env("RUSTFLAGS", &FLAGS.join(" ")).run()
    })?;
    step(&format!("fuzz, {SECONDS} s each"), || {
        let programs = target.join(&host).join("release");
        let tries = TARGETS.map(|name| {
            let (programs, target) = (programs.clone(), target.clone());
            std::thread::spawn(move || try_out(name, &programs, &target))
        });
        let ended = tries.map(|one| one.join().unwrap_or_else(|_| Err(Failure::new("a try panicked"))));
        ended.into_iter().collect::<Result<Vec<()>>>().map(|_| ())
    })
}

/// Tries one target. What it finds that is new stays beside the build, and so does the text that breaks it.
fn try_out(name: &str, programs: &Path, target: &Path) -> Result {
    let found = target.join("found").join(name);
    std::fs::create_dir_all(&found)
        .map_err(|error| Failure::new(format!("cannot make {}: {error}", found.display())))?;
    let corpus = workspace::root().join("fuzz/corpus").join(name);
    let program = programs.join(name);
    let artifacts = format!("-artifact_prefix={}/broken-", target.display());
    let seconds = format!("-max_total_time={SECONDS}");
    let bounds = ["-max_len=4096", "-timeout=10", "-rss_limit_mb=1024", "-verbosity=0", "-print_final_stats=1"];
    let folders = [found.to_string_lossy(), corpus.to_string_lossy()];
    let args = [&bounds[..], &[&seconds, &artifacts, &folders[0], &folders[1]]].concat();
    Program::new(&program.to_string_lossy(), &args).run()
}

/// Where cargo builds.
fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace::root().join("target"), PathBuf::from)
}

/// The target that this machine is.
fn host() -> Result<String> {
    let version = Program::new("rustc", &["-vV"]).output()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned);
    host.ok_or_else(|| Failure::new("rustc does not say what machine this is"))
}
