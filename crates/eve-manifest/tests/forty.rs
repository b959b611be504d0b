//! A file with forty different mistakes: all of them are told at once, each at its line, and nothing else is.

use eve_core::OrgName;
use eve_manifest::{Limits, Manifest, Target, Text};

/// A mistake stands on each line with a comment, which names its code.
const TEXT: &str = include_str!("forty.yaml");

#[test]
fn forty_mistakes_are_told_at_once_each_at_its_line() {
    let expected: Vec<String> = TEXT
        .lines()
        .enumerate()
        .filter_map(|(at, line)| Some(format!("{}: {}", at + 1, line.split_once("# !")?.1.trim())))
        .collect();
    assert_eq!(expected.len(), 40);
    let target = Target::new(OrgName::new("acme").unwrap());
    let problems = Manifest::resolve(Text { file: "forty.yaml", text: TEXT }, &Limits::default(), &target).unwrap_err();
    let found: Vec<String> = problems.errors().map(|one| format!("{}: {}", one.line, one.code)).collect();
    assert_eq!(found, expected, "{problems}");
}
