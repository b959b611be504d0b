//! The tests that need a real part: an engine or a cluster that is found or started.

use crate::cargo::cargo;
use crate::failure::{Failure, Result};
use crate::quickstart;
use crate::step::{Program, step};
use crate::workspace;

/// A real part, and the tests that need one.
#[derive(Debug)]
pub(crate) struct RealPart {
    /// What it is.
    name: &'static str,
    /// The script that finds, starts and ends it: `up` prints where it is.
    script: &'static str,
    /// The wish that asks whether one is up, and where.
    asks: &'static str,
    /// The variable that says where it is.
    variable: &'static str,
    /// True for what may be in that variable.
    is_place: fn(&str) -> bool,
    /// What cargo runs, one after the other: words with blanks between them.
    runs: &'static [&'static str],
    /// What is looked at after that.
    then: fn(&str) -> Result,
}

/// A Docker Engine: the tests, some switches under load, and what is measured beside Docker Compose, once.
pub(crate) const DOCKER: RealPart = RealPart {
    name: "a Docker Engine",
    script: "tests/docker/engine",
    asks: "host",
    variable: "DOCKER_HOST",
    is_place: |place| place.starts_with("unix://") || place.starts_with("tcp://"),
    runs: &[
        "test -p eve-runtime-docker -- --ignored",
        "test -p eve-sdk --test containers -- --ignored",
        "test -p eve-reliability --test reliability on_docker -- --ignored",
        "bench --profile dev -p eve-sdk --bench switch -- 5 --runtime docker",
        "bench --profile dev -p eve-sdk --bench docker -- all --smoke",
    ],
    then: quickstart::check_on_docker,
};

/// A Kubernetes cluster: the tests, engines that are killed, every way to replace a service under load, some times, and
/// what is measured beside helm and kubectl, once.
pub(crate) const KUBERNETES: RealPart = RealPart {
    name: "a Kubernetes cluster",
    script: "tests/cluster/cluster",
    asks: "config",
    variable: "KUBECONFIG",
    is_place: |place| place.starts_with('/'),
    runs: &[
        "test -p eve-runtime-k8s -- --ignored",
        "test -p eve-cli clustered -- --ignored",
        "test -p eve-reliability --test reliability on_kubernetes -- --ignored",
        // Through the ingress, by services that end at once: whatever holds for them holds for polite ones.
        "bench --profile dev -p eve-sdk --bench switch -- 2 --rate 100 --runtime k8s --way switched,rolling",
        // Through the Service itself, where polite ones and others lose different things.
        "bench --profile dev -p eve-sdk --bench switch -- 2 --rate 100 --runtime k8s --way switched,rolling \
         --through service --ending polite,rude",
        "bench --profile dev -p eve-sdk --bench kubernetes -- all --smoke",
    ],
    then: quickstart::check_on_kubernetes,
};

impl RealPart {
    /// Runs the tests against one that is up, or against one that lives as long as they do.
    pub(crate) fn tests(&self) -> Result {
        step(&format!("tests that need {}", self.name), || {
            self.with_one(
                |wish| self.ask(wish),
                |place| {
                    let run = |line: &&str| {
                        let words: Vec<&str> = line.split_whitespace().collect();
                        cargo(&words).with_env(self.variable, place).run()
                    };
                    self.runs.iter().try_for_each(run)?;
                    (self.then)(place)
                },
            )
        })
    }

    /// As [`tests`](Self::tests), but content without where none can be had.
    pub(crate) fn tests_where_possible(&self) -> Result {
        let was_up = self.ask(self.asks).is_ok();
        if let Err(failure) = self.ask("up") {
            println!("{} cannot be had here: the tests that need one are left out ({failure})", self.name);
            return Ok(());
        }
        let result = self.tests();
        if was_up { result } else { result.and(self.ask("down").map(drop)) }
    }

    /// Asks the script.
    fn ask(&self, wish: &str) -> Result<String> {
        let script = workspace::root().join(self.script);
        Program::new(&script.to_string_lossy(), &[wish]).output()
    }

    /// Does the work with the place of one. One that was not up before is ended afterwards, come what may.
    fn with_one(&self, ask: impl Fn(&str) -> Result<String>, work: impl FnOnce(&str) -> Result) -> Result {
        let was_up = ask(self.asks).is_ok();
        let answer = ask("up")?;
        let result = self.place(&answer).and_then(work);
        if was_up { result } else { result.and(ask("down").map(drop)) }
    }

    /// Where it is, in an answer, which is one line.
    fn place<'a>(&self, answer: &'a str) -> Result<&'a str> {
        let line = answer.strip_suffix('\n').unwrap_or(answer);
        let is_place = (self.is_place)(line) && !line.contains('\n');
        if is_place { Ok(line) } else { Err(Failure::new(format!("`{line}` is no place of {}", self.name))) }
    }
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
        let result = DOCKER.with_one(ask, |host| {
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
    fn a_place_is_one_line_of_its_kind() {
        assert_eq!(DOCKER.place("unix:///a b/sock\n").ok(), Some("unix:///a b/sock"));
        assert_eq!(DOCKER.place("tcp://127.0.0.1:2375").ok(), Some("tcp://127.0.0.1:2375"));
        assert_eq!(KUBERNETES.place("/a b/config\n").ok(), Some("/a b/config"));
        for wrong in ["", "\n", "/sock\n", "unix:///a\nunix:///b\n"] {
            assert!(DOCKER.place(wrong).is_err(), "{wrong:?}");
        }
    }
}
