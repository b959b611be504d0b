//! One value with whatever is filled in there, in both languages, where it is read early and where it is read late.
#![no_main]

use eve_core::OrgName;
use eve_manifest::{Limits, Manifest, Target, Text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &str| {
    // In quotes everything else in a value means itself.
    let value = value.replace('\'', "''");
    let target = Target::new(OrgName::new("acme").unwrap()).with_variable("A", "${B}").with_variable("B", "");
    for schema in ["", "schema: eve/compose/v2\n"] {
        let text = format!(
            "{schema}name: shop\nservices:\n  web:\n    image: x\n    command: '{value}'\n    entrypoint: ['{value}']\n    \
             environment:\n      A: '{value}'\n    ports: ['{value}']\n    stop_grace_period: '{value}'\n"
        );
        match Manifest::resolve(Text { file: "m.yaml", text: &text }, &Limits::default(), &target) {
            Ok(lowered) => assert_eq!(lowered.project.environments.len(), 1),
            Err(problems) => assert!(!problems.to_string().is_empty()),
        }
    }
});
