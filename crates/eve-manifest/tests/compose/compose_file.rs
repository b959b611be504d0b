//! Files, and what becomes of them.

use eve_core::desired::{Probe, Service};
use eve_core::{Desired, OrgName, ProjectName};
use eve_manifest::{Limits, Lowered, Manifest, Problem, Problems, Target, Text};

pub(crate) fn target() -> Target {
    Target::new(OrgName::new("acme").unwrap()).with_project(ProjectName::new("bench").unwrap())
}

pub(crate) fn read(text: &str, target: &Target) -> Result<Lowered, Problems> {
    Manifest::parse(Text { file: "compose.yaml", text }, &Limits::default())?.lower(target)
}

pub(crate) fn lower(text: &str, target: &Target) -> Desired {
    let lowered = read(text, target).unwrap_or_else(|problems| panic!("{problems}"));
    lowered.project.environments.into_values().next().unwrap().desired
}

/// A file with one service that has these lines.
pub(crate) fn file(lines: &str) -> String {
    let indented: String = lines.lines().flat_map(|line| ["    ", line, "\n"]).collect();
    format!("services:\n  web:\n    image: x\n{indented}")
}

/// That service, for a caller with these variables.
pub(crate) fn with(lines: &str, variables: &[(&str, &str)]) -> Service {
    let target = variables.iter().fold(target(), |target, (name, value)| target.with_variable(*name, *value));
    lower(&file(lines), &target).services.into_values().next().unwrap()
}

pub(crate) fn service(lines: &str) -> Service {
    with(lines, &[])
}

pub(crate) fn probe(test: &str, variables: &[(&str, &str)]) -> Option<Probe> {
    with(&format!("ports: [80]\nhealthcheck: {{ test: {test} }}"), variables).health.map(|health| health.probe)
}

pub(crate) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

pub(crate) fn brief(problems: impl IntoIterator<Item = Problem>) -> Vec<String> {
    let code = |problem: &Problem| problem.code.as_str().rsplit('.').next().unwrap_or_default().to_owned();
    problems.into_iter().map(|p| format!("{} {}:{}", code(&p), p.line, p.column)).collect()
}
