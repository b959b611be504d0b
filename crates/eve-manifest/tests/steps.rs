//! Pipelines and their steps: what each action is told, what its command or job finds, and what has to stand before it.

mod cases;
mod told;

use std::time::Duration;

use eve_core::pipeline::{Action, Step};
use eve_core::{OrgName, Project, Template};
use eve_manifest::{Limits, Manifest, Target, Text};

use cases::cases;
use told::brief;

/// Services, an environment `prod` with the pipeline `ship`, and then the pipelines: the lines count from 8 on.
const BEFORE: &str = "schema: eve/compose/v2\nname: shop\nservices:\n  web: { build: . }\n  \
                      task: { image: x:1, x-eve: { role: job } }\nenvironments: { prod: { pipeline: ship } }\npipelines:\n";

/// A pipeline around these steps, after which `web` is built and `task` is run.
fn steps(steps: &str) -> String {
    let rest = "      - { action: { type: build } }\n      - { action: { type: job, service: task } }\n";
    format!("{BEFORE}  ship:\n    steps:\n{steps}\n{rest}")
}

fn read(text: &str) -> (Option<Project>, Vec<String>) {
    let target = Target::new(OrgName::new("acme").unwrap());
    let (project, problems) = match Manifest::resolve(Text { file: "m.yaml", text }, &Limits::default(), &target) {
        Ok(lowered) => (Some(lowered.project), lowered.warnings),
        Err(problems) => (None, problems.into_iter().collect()),
    };
    (project, brief(&problems))
}

/// What is found wrong with one action, whose keys begin at 10:19.
fn action(keys: &str) -> Vec<String> {
    read(&steps(&format!("      - action: {{ {keys} }}"))).1
}

/// What is found wrong with a step, whose keys begin at 10:11.
fn step(keys: &str) -> Vec<String> {
    read(&steps(&format!("      - {{ {keys} }}"))).1
}

/// A step of these keys, as it is lowered.
fn lowered(keys: &str) -> Step {
    let (project, problems) = read(&steps(&format!("      - {{ {keys} }}")));
    let project = project.unwrap_or_else(|| panic!("{problems:?}"));
    project.pipelines.into_values().next().unwrap().steps.remove(0)
}

cases! { action:
    an_action_says_what_it_does: "components: [web]" => ["missing_key! 10:17"];
    a_build_says_what_it_builds: "type: build, components: [web]" => [];
    a_build_builds_what_is_built: "type: build, components: [task, wbe]" => ["bad_value! 10:45", "unknown_reference! 10:51"];
    what_a_build_need_not_know_is_told: "type: build, tag: v1, force_rebuild: true" => ["not_used? 10:32", "not_used? 10:41"];
    a_build_of_another_commit_is_refused: "type: build, git_sha: 3f786850e387550fdab836ed7e6dc881de23001b" => ["unsupported! 10:41"];
    a_manifest_hash_is_a_digest: "type: build, manifest_hash: abc" => ["malformed! 10:47"];
    an_input_of_another_action_is_named: "type: release, components: [web]" => ["unknown_key! 10:34"];
    a_release_of_another_build_is_refused: "type: release, build_id: b1" => ["unsupported! 10:44"];
    digests_of_images_are_digests: "type: release, image_digests: { web: abc }" => ["unsupported! 10:49", "malformed! 10:56"];
    a_deploy_reaches_its_own_environment: "type: deploy, env_name: prod, timeout: 3m" => ["without_build? 10:17"];
    a_deploy_of_another_release_is_refused: "type: deploy, release_id: r1" => ["without_build? 10:17", "unsupported! 10:45"];
    a_deploy_has_a_known_environment: "type: deploy, env_name: prd" => ["without_build? 10:17", "unknown_reference! 10:43"];
    a_deploy_runs_no_service: "type: deploy, service: task" => ["without_build? 10:17", "unknown_key! 10:33"];
    a_job_has_a_service: "type: job" => ["missing_key! 10:17"];
    a_job_says_how_long: "type: job, service: task, timeout_seconds: 5" => [];
    a_job_says_once_how_long: "type: job, service: task, timeout: 5, timeout_seconds: 5" => ["duplicate_key! 10:57"];
    a_job_of_another_release_is_refused: "type: job, service: task, release_id: r1" => ["unsupported! 10:57"];
    a_run_has_a_command: "type: run" => ["missing_key! 10:25"];
    a_run_has_a_command_or_a_job: "type: run, command: x, service: task" => ["conflict! 10:25"];
    a_command_stands_there_itself: "type: run, command_ref: x" => ["unsupported! 10:30"];
    a_proposal_comes_from_a_branch: "type: create-pr, title: x" => ["missing_key! 10:17", "unsupported! 10:17"];
    a_proposal_is_a_draft_or_not: "type: create-pr, head: x, base: main, draft: perhaps, dry_run: true, repo: a/b, review_required: human" =>
        ["unsupported! 10:17", "wrong_type! 10:64"];
    a_message_does_nothing_here: "type: notify, channel: c, message: 'it is ${done}'" => ["not_used? 10:25"];
    a_message_is_a_text: "type: notify, message: [a]" => ["not_used? 10:25", "wrong_type! 10:42"];
    an_environment_to_be_is_named: "type: env-ensure, kind: standart" => ["missing_key! 10:17", "unsupported! 10:17", "bad_value! 10:43"];
    an_environment_to_be_need_not_be_declared: "type: env-ensure, env_name: pr-7, labels: { pr: 7 }" => ["unsupported! 10:17"];
    an_environment_to_end_is_named: "type: env-delete" => ["missing_key! 10:17", "unsupported! 10:17"];
    an_action_that_only_texts_name_is_told: "type: migrate" => ["unsupported! 10:25"];
    an_unknown_action_says_nothing_of_its_inputs: "type: relase, components: [x]" => ["bad_value! 10:25"];
    inputs_count_beside_the_type: "type: job, with: { service: task }" => ["renamed? 10:30"];
    inputs_stand_in_one_place: "type: job, service: task, with: { service: task }" => ["renamed? 10:45", "duplicate_key! 10:53"];
    inputs_are_a_mapping: "type: job, service: task, with: [task]" => ["wrong_type! 10:51"];
    an_expression_of_another_system_is_told: "type: deploy, env_name: 'pr-${{ github.event.number }}'" =>
        ["without_build? 10:17", "malformed! 10:47"];
}

cases! { step:
    variables_of_a_step_are_texts_and_secrets: "run: x, env_overrides: { A_1: a, B: 'x ${secret.KEY} $${y}', C: 5 }" => [];
    variables_of_a_step_have_upper_case_names: "run: x, env_overrides: { a: x, 1A: x, A-B: x }" =>
        ["invalid! 10:36", "invalid! 10:42", "invalid! 10:49"];
    variables_of_the_platform_stay: "run: x, env_overrides: { PATH: x, EVE_ENV_NAME: x, EVERY: x }" =>
        ["bad_value! 10:36", "bad_value! 10:45"];
    nothing_but_secrets_is_filled_into_them: "run: x, env_overrides: { A: 'x${ENV_NAME}', B: '${service.web.url}', C: '${x.y}' }" =>
        ["unsupported! 10:41", "unsupported! 10:59", "malformed! 10:84"];
    a_variable_of_a_step_has_a_value: "run: x, env_overrides: { A: }" => ["wrong_type! 10:36"];
    variables_of_a_step_are_a_mapping: "run: x, env_overrides: [A=x]" => ["wrong_type! 10:34"];
    variables_that_nothing_finds_are_told: "action: { type: release }, env_overrides: { A: x }" => ["not_used? 10:53"];
    what_agents_find_is_a_list: "run: x, toolchains: node, permissions: [read], harness: x, prompt: y" =>
        ["carried? 10:19", "wrong_type! 10:31", "carried? 10:37", "carried? 10:58", "carried? 10:70"];
    an_agents_work_is_refused_where_it_is_needed: "agent: { prompt: x }" => ["unsupported! 10:9", "carried? 10:11"];
    an_expression_in_a_command_is_told: "run: 'a ${{ x }}'" => ["malformed! 10:19"];
}

#[test]
fn long_variables_are_refused() {
    let long = "x".repeat(2049);
    assert_eq!(step(&format!("run: x, env_overrides: {{ A: {long} }}")), ["bad_value! 10:39"]);
    let fits = "x".repeat(2000);
    assert_eq!(step(&format!("run: x, env_overrides: {{ A: {fits}, B: {fits} }}")), [""; 0]);
    assert_eq!(step(&format!("run: x, env_overrides: {{ A: {fits}, B: {fits}, C: {fits} }}")), ["bad_value! 10:34"]);
}

#[test]
fn a_pipeline_that_nobody_uses_may_have_steps_that_are_not_built() {
    let text = |steps: &str| format!("{}  spare:\n    steps: [{steps}]\n", self::steps("      - { run: x }"));
    for kind in
        ["{ agent: {} }", "{ action: { type: create-pr, head: x } }", "{ action: { type: deploy, release_id: r } }"]
    {
        let (project, problems) = read(&text(kind));
        assert!(
            problems.iter().all(|problem| problem.ends_with(|c: char| c.is_ascii_digit()) && problem.contains('?'))
        );
        assert!(problems.iter().any(|problem| problem.starts_with("not_used? 14:")), "{problems:?}");
        let names: Vec<String> = project.unwrap().pipelines.keys().map(ToString::to_string).collect();
        assert_eq!(names, ["ship"], "{kind}");
    }
}

#[test]
fn a_step_finds_the_variables_of_its_pipeline_and_its_own() {
    let text = format!(
        "{BEFORE}  ship:\n    env_overrides: {{ A: pipeline, B: pipeline }}\n    steps:\n      \
         - {{ run: x, env_overrides: {{ B: 'step ${{secret.KEY}}' }} }}\n      - {{ action: {{ type: build }} }}\n      \
         - {{ action: {{ type: job, service: task }} }}\n"
    );
    let (project, problems) = read(&text);
    let steps = project.unwrap_or_else(|| panic!("{problems:?}")).pipelines.into_values().next().unwrap().steps;
    let of = |step: &Step| step.environment.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
    assert_eq!(of(&steps[0]), ["A=pipeline", "B=step ${secret.KEY}"]);
    assert_eq!(of(&steps[1]), [""; 0], "a build runs nothing that finds them");
    assert_eq!(of(&steps[2]), ["A=pipeline", "B=pipeline"]);
    assert_eq!(steps[0].needed_secrets().map(|(name, _)| name.to_string()).collect::<Vec<_>>(), ["KEY"]);
}

#[test]
fn a_step_without_variables_is_stored_as_before_there_were_any() {
    let mut step = lowered("run: x");
    assert!(!serde_json::to_string(&step).unwrap().contains("environment"));
    step.environment.insert("A".parse().unwrap(), Template::text("x"));
    assert_eq!(serde_json::from_str::<Step>(&serde_json::to_string(&step).unwrap()).unwrap(), step);
}

#[test]
fn variables_of_a_pipeline_that_runs_nothing_are_told() {
    let text = "name: a\nservices: {}\nenvironments: { prod: { pipeline: p } }\n\
                pipelines: { p: { env_overrides: { A: x }, steps: [{ action: { type: release } }] } }\n";
    assert_eq!(read(text).1, ["not_used? 4:34"]);
}

#[test]
fn a_run_has_half_an_hour_and_everything_else_the_default_of_its_kind() {
    let timeout = |keys: &str| lowered(keys).timeout.map(|timeout| timeout.as_secs());
    assert_eq!(timeout("action: { type: run, command: x }"), Some(1800));
    assert_eq!(timeout("action: { type: run, command: x, timeout: 1m }"), Some(60));
    assert_eq!(timeout("action: { type: run, service: task }"), None);
    assert_eq!(timeout("action: { type: job, service: task, timeout_seconds: 9 }"), Some(9));
    assert_eq!(timeout("run: x"), None);
    assert_eq!(timeout("script: { run: x, timeout: 2 }"), Some(2));
    assert_eq!(lowered("script: x").action, Action::Run { command: vec!["x".to_owned()] });
    let spec = eve_core::desired::Rollout::default();
    assert_eq!(spec.ready_within, Duration::from_secs(180), "what a deploy waits for by default");
}

/// What is found wrong with the pipeline `ship` of `prod`, whose steps begin at 13:15; `web` and `api` are built, `task` too.
fn ship(steps: &str) -> Vec<String> {
    let text = "name: a\nservices:\n  web: { build: . }\n  api: { build: ./api }\n  cache: { image: x }\n  \
                task:\n    build: .\n    x-eve: { role: job }\n  other: { x-eve: { external: true } }\n\
                environments: { prod: { pipeline: ship } }\npipelines:\n  ship:\n    steps: [";
    let found = read(&format!("{text}{steps}]\n")).1;
    found.into_iter().filter(|problem| problem != "not_used? 9:3").collect()
}

cases! { ship:
    what_is_built_before_it_is_deployed_is_well:
        "{ name: b, action: { type: build } }, { name: t, depends_on: [b], action: { type: job, service: task } }, \
         { depends_on: [t], action: { type: deploy } }" => [];
    a_deploy_without_a_build_is_told: "{ action: { type: deploy } }" => ["never_run? 6:3", "without_build? 13:23"];
    a_deploy_that_waits_for_no_build_is_told: "{ action: { type: build } }, { action: { type: deploy } }" =>
        ["never_run? 6:3", "without_build? 13:52"];
    what_a_build_leaves_out_is_told:
        "{ name: b, action: { type: build, components: [web] } }, { depends_on: [b], action: { type: deploy } }" =>
        ["never_run? 6:3", "never_built? 13:59"];
    two_builds_are_one_after_the_other:
        "{ name: a, action: { type: build, components: [web] } }, { name: b, depends_on: [a], action: { type: build, components: [api] } }, \
         { depends_on: [b], action: { type: deploy } }" => ["never_run? 6:3"];
    a_job_that_is_not_built_is_told:
        "{ name: b, action: { type: build, components: [web, api] } }, { name: t, depends_on: [b], action: { type: job, service: task } }, \
         { depends_on: [b], action: { type: deploy } }" => ["never_built? 13:59"];
}

#[test]
fn a_job_is_run_in_each_environment_or_that_is_told() {
    let text = |environments: &str| {
        format!(
            "name: a\nservices:\n  task: {{ image: x, x-eve: {{ role: job }} }}\nenvironments: {{ {environments} }}\n\
             pipelines:\n  p: {{ steps: [{{ action: {{ type: job, service: task }} }}] }}\n  q: {{ steps: [{{ run: x }}] }}\n"
        )
    };
    assert_eq!(read(&text("one: { pipeline: p }")).1, [""; 0]);
    assert_eq!(read(&text("one: { pipeline: p }, two: { pipeline: q }, three: {}")).1, ["never_run? 3:3"]);
    let one = Text { file: "m.yaml", text: &text("one: { pipeline: p }, two: { pipeline: q }, three: {}") };
    let manifest = Manifest::parse(one, &Limits::default()).unwrap();
    assert_eq!(manifest.warnings()[0].message, "nothing runs the job `task` in two, three");
    assert_eq!(read(&text("two: { pipeline: q }, three: {}")).1, [""; 0], "somebody may ask for `p`");
    let bound = text("one: { pipeline: q }, two: { pipeline: q }").replace("p: { steps", "p: { env: two, steps");
    assert_eq!(read(&bound).1, ["never_run? 3:3", "not_used? 6:13"], "`p` is asked for in `two` alone");
}

#[test]
fn the_shortest_circle_is_named() {
    let text = "name: a\nservices: {}\npipelines:\n  p:\n    steps:\n      - { name: a, run: x, depends_on: [d] }\n      \
                - { name: b, run: x, depends_on: [a] }\n      - { name: c, run: x, depends_on: [b] }\n      \
                - { name: d, run: x, depends_on: [c, b] }\n";
    let problems = Manifest::parse(Text { file: "m.yaml", text }, &Limits::default()).unwrap_err();
    let found: Vec<_> = problems.errors().map(|problem| problem.message.clone()).collect();
    assert_eq!(found, ["steps wait for each other: a -> d -> b -> a"]);
}

#[test]
fn a_secret_of_a_variable_is_used() {
    let text = "name: a\nservices: {}\nsecrets: { ONE: { external: true }, TWO: { external: true }, SIX: { external: true } }\n\
                environments: { prod: { pipeline: p } }\npipelines: { p: { env_overrides: { A: '${secret.ONE}' }, steps: [{ run: x }] } }\n\
                workflows: { w: { steps: [{ run: x, env_overrides: { A: '${secret.TWO}' } }] } }\n";
    assert_eq!(read(text).1, ["not_used? 3:62", "carried? 6:14"]);
}

#[test]
fn nothing_is_missed_where_nothing_is_to_be_built() {
    let text = "name: a\nservices: { web: { image: x, build: . } }\nregistry: none\nenvironments: { prod: { pipeline: p } }\n\
                pipelines: { p: { steps: [{ action: { type: deploy } }] } }\n";
    assert!(read(text).1.iter().all(|problem| !problem.starts_with("without_build")));
}

#[test]
fn a_pipeline_of_very_many_steps_is_checked_in_time() {
    let step =
        |i: usize| format!("      - {{ name: s{i}, action: {{ type: deploy }}, depends_on: [s{}] }}\n", i.max(1) - 1);
    let steps: String = (1..5_000).map(step).collect();
    let text = format!("{BEFORE}  ship:\n    steps:\n      - {{ name: s0, run: x }}\n{steps}");
    let begun = std::time::Instant::now();
    assert!(read(&text).1.iter().any(|problem| problem.starts_with("without_build")));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
