//! A whole manifest: any bytes are a project, or problems that can be shown.
#![no_main]

use eve_core::{AbsolutePath, OrgName, ProjectName};
use eve_manifest::{Limits, Manifest, Target, Text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = match Text::of_bytes("m.yaml", bytes) {
        Ok(text) => text,
        Err(problems) => return assert!(!problems.to_string().is_empty()),
    };
    let target = Target::new(OrgName::new("acme").unwrap())
        .with_project_otherwise(ProjectName::new("shop").unwrap())
        .with_folder(AbsolutePath::new("/project").unwrap())
        .with_variable("A", "x")
        .with_variable("B", "80");
    let limits = Limits::new(1 << 16, 32, 5_000);
    let at_once = Manifest::resolve(text, &limits, &target);
    let in_turn = Manifest::parse(text, &limits).and_then(|manifest| manifest.lower(&target));
    assert_eq!(at_once.is_ok(), in_turn.is_ok(), "at once and in turn the same holds");
    match at_once {
        Ok(lowered) => {
            lowered.warnings.iter().for_each(|problem| assert!(!problem.to_string().is_empty()));
            for environment in lowered.project.environments.values() {
                assert!(environment.desired.in_order().is_ok(), "what waits for itself was refused");
            }
        }
        Err(problems) => assert!(!problems.to_string().is_empty()),
    }
});
