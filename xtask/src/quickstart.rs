//! The quickstart, run as its user would, with its summary checked.

use crate::cargo;
use crate::failure::{Failure, Result};
use crate::step::step;
use crate::summary::Summary;

/// Runs the quickstart and checks the last line that it prints.
pub(crate) fn check() -> Result {
    step("quickstart", || checked(&cargo::quickstart(&[]).output()?))
}

/// The same on a Docker Engine.
pub(crate) fn check_on_docker(host: &str) -> Result {
    let play = cargo::quickstart(&["--runtime", "docker"]).with_env("DOCKER_HOST", host);
    step("quickstart on docker", || checked(&play.output()?))
}

/// The same on a Kubernetes cluster.
pub(crate) fn check_on_kubernetes(config: &str) -> Result {
    let play = cargo::quickstart(&["--runtime", "k8s"]).with_env("KUBECONFIG", config);
    step("quickstart on kubernetes", || checked(&play.output()?))
}

fn checked(output: &str) -> Result {
    let last = output.lines().last().ok_or_else(|| Failure::new("it printed nothing"))?;
    println!("{last}");
    judge(&Summary::parse(last)?)
}

fn judge(summary: &Summary) -> Result {
    let outcome = summary.text("outcome")?;
    if outcome != "ok" {
        return Err(Failure::new(format!("the outcome is `{outcome}`")));
    }
    for (key, least) in [("deploys", 4), ("unchanged", 1), ("rolled_back", 1), ("resumed", 1), ("served", 500)] {
        let found = summary.integer(key)?;
        if found < least {
            return Err(Failure::new(format!("`{key}` is {found}, at least {least} is expected")));
        }
    }
    for key in ["lost", "leftovers"] {
        let found = summary.integer(key)?;
        if found != 0 {
            return Err(Failure::new(format!("`{key}` is {found}, 0 is expected")));
        }
    }
    summary.integer("elapsed_ms").map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"outcome":"ok","deploys":4,"unchanged":1,"rolled_back":1,"served":500,"lost":0,"leftovers":0,"resumed":1,"elapsed_ms":1}"#;

    #[test]
    fn a_good_summary_passes() {
        assert!(judge(&Summary::parse(GOOD).expect("it is well formed")).is_ok());
    }

    #[test]
    fn every_figure_is_looked_at() {
        for (good, bad) in [
            (r#""ok""#, r#""failed""#),
            (r#""deploys":4"#, r#""deploys":3"#),
            (r#""unchanged":1"#, r#""unchanged":0"#),
            (r#""rolled_back":1"#, r#""rolled_back":0"#),
            (r#""served":500"#, r#""served":499"#),
            (r#""lost":0"#, r#""lost":1"#),
            (r#""leftovers":0"#, r#""leftovers":1"#),
            (r#""resumed":1"#, r#""resumed":0"#),
            (r#","elapsed_ms":1"#, ""),
        ] {
            let line = GOOD.replace(good, bad);
            assert_ne!(line, GOOD);
            assert!(judge(&Summary::parse(&line).expect("it is well formed")).is_err(), "{line}");
        }
    }
}
