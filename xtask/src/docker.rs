//! The tests that need a Docker Engine.

use crate::cargo::cargo;
use crate::failure::{Failure, Result};
use crate::quickstart;
use crate::step::{Program, step};
use crate::workspace;

/// What cargo runs, one after the other: the tests, some switches under load, and what is measured
/// beside Docker Compose, once.
const RUNS: [&[&str]; 5] = [
    &["test", "-p", "eve-runtime-docker", "--", "--ignored"],
    &["test", "-p", "eve-sdk", "--test", "containers", "--", "--ignored"],
    &["test", "-p", "eve-reliability", "--test", "reliability", "--", "--ignored"],
    &["bench", "--profile", "dev", "--bench", "switch", "--", "5", "--runtime", "docker"],
    &["bench", "--profile", "dev", "--bench", "docker", "--", "all", "--smoke"],
];

/// Runs the tests against an engine that is up, or against one that lives as long as they do.
pub(crate) fn tests() -> Result {
    step("tests that need a Docker Engine", || {
        with_engine(engine, |host| {
            RUNS.iter().try_for_each(|args| cargo(args).with_env("DOCKER_HOST", host).run())?;
            quickstart::check_on_docker(host)
        })
    })
}

/// As [`tests`], but content without where no engine can be had.
pub(crate) fn tests_where_possible() -> Result {
    let was_up = engine("host").is_ok();
    if let Err(failure) = engine("up") {
        println!("no Docker Engine can be had here: the tests that need one are left out ({failure})");
        return Ok(());
    }
    let result = tests();
    if was_up { result } else { result.and(engine("down").map(drop)) }
}

/// Asks the script that finds, starts and ends engines.
fn engine(wish: &str) -> Result<String> {
    let script = workspace::root().join("tests/docker/engine");
    Program::new(&script.to_string_lossy(), &[wish]).output()
}

/// Does the work with the host of an engine. One that was not up before is ended afterwards, come what may.
fn with_engine(ask: impl Fn(&str) -> Result<String>, work: impl FnOnce(&str) -> Result) -> Result {
    let was_up = ask("host").is_ok();
    let answer = ask("up")?;
    let result = host(&answer).and_then(work);
    if was_up { result } else { result.and(ask("down").map(drop)) }
}

/// The value of `DOCKER_HOST` in an answer, which is one line.
fn host(answer: &str) -> Result<&str> {
    let line = answer.strip_suffix('\n').unwrap_or(answer);
    let known = line.starts_with("unix://") || line.starts_with("tcp://");
    if known && !line.contains('\n') { Ok(line) } else { Err(Failure::new(format!("`{line}` is no Docker host"))) }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// What the script is asked for where it refuses some wishes and the tests end as given.
    fn wishes(refused: &[&str], outcome: Result) -> (Vec<String>, Result) {
        let asked = RefCell::new(Vec::new());
        let ask = |wish: &str| {
            asked.borrow_mut().push(wish.to_owned());
            if refused.contains(&wish) { Err(Failure::new(wish)) } else { Ok("unix:///s\n".to_owned()) }
        };
        let result = with_engine(ask, |host| {
            asked.borrow_mut().push(host.to_owned());
            outcome
        });
        (asked.into_inner(), result)
    }

    #[test]
    fn an_engine_that_was_up_stays_up() {
        let (asked, result) = wishes(&[], Ok(()));
        assert_eq!(asked, ["host", "up", "unix:///s"]);
        assert!(result.is_ok());
    }

    #[test]
    fn an_engine_that_was_started_is_ended_whatever_the_tests_say() {
        for outcome in [Ok(()), Err(Failure::new("tests"))] {
            let good = outcome.is_ok();
            let (asked, result) = wishes(&["host"], outcome);
            assert_eq!(asked, ["host", "up", "unix:///s", "down"]);
            assert_eq!(result.is_ok(), good);
        }
    }

    #[test]
    fn without_an_engine_nothing_runs_and_nothing_passes() {
        let (asked, result) = wishes(&["host", "up"], Ok(()));
        assert_eq!(asked, ["host", "up"]);
        assert!(result.is_err());
    }

    #[test]
    fn an_engine_that_cannot_be_ended_is_a_failure() {
        assert!(wishes(&["host", "down"], Ok(())).1.is_err());
    }

    #[test]
    fn a_host_is_one_line_with_a_known_scheme() {
        assert_eq!(host("unix:///a b/sock\n").ok(), Some("unix:///a b/sock"));
        assert_eq!(host("tcp://127.0.0.1:2375").ok(), Some("tcp://127.0.0.1:2375"));
        for wrong in ["", "\n", "/sock\n", "unix:///a\nunix:///b\n"] {
            assert!(host(wrong).is_err(), "{wrong:?}");
        }
    }
}
