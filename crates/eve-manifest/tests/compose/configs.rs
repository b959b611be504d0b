//! Configs of plain files, which may hold variables of the caller.

use eve_core::desired::{FileMount, Service};
use eve_core::{OrgName, SourcePath};
use eve_manifest::{Limits, Manifest, Target, Text};

use crate::compose_file::{brief, file, lower, read, target};

/// A file with one service that has these lines from line 4 on, and these declared configs.
fn declaring(lines: &str, configs: &str) -> String {
    format!("{}configs:\n{configs}", file(lines))
}

fn service(text: &str, target: &Target) -> Service {
    lower(text, target).services.into_values().next().unwrap()
}

#[test]
fn a_file_of_compose_is_what_compose_makes_of_it() {
    let text = declaring(
        "configs:\n  - my_config\n  - source: http_config\n    target: /etc/http.conf\n    mode: 0444\n  - source: shell",
        "  my_config:\n    file: ./my_config.txt\n  http_config:\n    content: |\n      port=${PORT:-80}\n      root=$ROOT\n      \
         user=$$user\n  shell:\n    environment: \"SHELL_CONFIG\"\n",
    );
    let target = target().with_variable("ROOT", "/srv").with_variable("SHELL_CONFIG", "a=$b\n");
    let my_config = FileMount::new(SourcePath::new("my_config.txt").unwrap(), "/my_config");
    let expected = [
        my_config,
        FileMount::text("port=80\nroot=/srv\nuser=$user\n", "/etc/http.conf"),
        FileMount::text("a=$b\n", "/shell"),
    ];
    assert_eq!(service(&text, &target).files, expected);
}

#[test]
fn a_variable_without_a_value_is_told_where_it_is_named() {
    let text = declaring("configs: [a, b]", "  a: { environment: NOBODY }\n  b: { content: 'x $NOBODY' }\n");
    assert_eq!(brief(read(&text, &target()).unwrap_err()), ["unset 6:21", "unset 7:20"]);
    let near = read(&text, &target().with_variable("NOBODI", "x")).unwrap_err().first().hint.clone().unwrap();
    assert!(near.contains("`NOBODI`"), "{near}");
    let hints = read(&text, &target()).unwrap_err().iter().all(|problem| problem.hint.is_some());
    assert!(hints);
}

#[test]
fn every_part_of_a_config_may_be_a_variable() {
    let text = declaring(
        "configs: ['$A', { source: '$A', target: '$T', mode: '${M:-0444}' }]",
        "  a: { file: '${DIR}/a', external: '${E:-false}' }\n",
    );
    let target = Target::new(OrgName::new("acme").unwrap()).with_project("p".parse().unwrap());
    let target = [("A", "a"), ("T", "/t"), ("DIR", "./conf")].iter().fold(target, |t, (k, v)| t.with_variable(*k, *v));
    let mount = |target: &str| FileMount::new(SourcePath::new("conf/a").unwrap(), target);
    assert_eq!(service(&text, &target).files, [mount("/a"), mount("/t")]);
    assert!(Manifest::parse(Text { file: "compose.yaml", text: &text }, &Limits::default()).is_ok());
    let out = target.clone().with_variable("DIR", "..");
    assert_eq!(brief(read(&text, &out).unwrap_err()), ["outside_project 6:14"]);
    let here = target.with_variable("T", "a");
    assert_eq!(brief(read(&text, &here).unwrap_err()), ["conflict 4:45"]);
}

#[test]
fn a_config_that_somebody_else_stored_is_refused_with_what_to_do() {
    let text = declaring("configs: [a]", "  a: { external: true, name: other }\n");
    let problems = read(&text, &target()).unwrap_err();
    assert!(problems.first().hint.as_ref().unwrap().contains("`content`"));
    assert_eq!(brief(problems), ["unsupported 6:18", "not_used 6:24"]);
}
