//! Workflows: every key is read, and the whole is carried along.

mod cases;
mod told;

use eve_core::OrgName;
use eve_manifest::{Limits, Manifest, Target, Text};

use cases::cases;
use told::brief;

/// A workflow `w`, which is named at 5:3, of these lines, which begin in line 6.
fn text(lines: &str) -> String {
    let indented: String = lines.lines().flat_map(|line| ["    ", line, "\n"]).collect();
    format!("schema: eve/compose/v2\nname: shop\nservices: {{}}\nworkflows:\n  w:\n{indented}")
}

/// What is found wrong with a workflow, beside that it is carried along.
fn workflow(lines: &str) -> Vec<String> {
    let text = text(lines);
    let problems = match Manifest::parse(Text { file: "m.yaml", text: &text }, &Limits::default()) {
        Ok(manifest) => manifest.warnings().to_vec(),
        Err(problems) => problems.into_iter().collect(),
    };
    brief(&problems).into_iter().filter(|problem| problem != "carried? 5:3").collect()
}

/// What is found wrong with a step, whose keys begin at 8:10, of a workflow with an input `pr` after a step `a`.
fn step(keys: &str) -> Vec<String> {
    workflow(&format!("inputs: {{ pr: {{}} }}\nsteps: [{{ name: a, run: x }},\n  {{ {keys} }}]"))
}

/// What is found wrong with keys of a workflow, which begin at 6:5.
fn keys(lines: &str) -> Vec<String> {
    workflow(&format!("{lines}\nsteps: [{{ run: x }}]"))
}

cases! { keys:
    every_key_of_a_workflow_is_read:
        "inputs: { a: { from: event.payload.pull_request.number, default: [1] } }\nenv: sandbox\ndb_access: read_write\n\
         env_overrides: { A: '${secret.KEY}' }\nscope: { a: b }\npermissions: [read]\nresource_refs: inherit\ngit: { a: b }\n\
         hints: { a: b }\ntrigger: { cron: { schedule: '0 3 * * *' } }\nwith_apis: [{ service: api }]\ntoolchains: [node]\n\
         description: what it is for\nx-mine: 1" => [];
    an_unknown_key_of_a_workflow_is_found: "trigers: {}" => ["unknown_key! 6:5"];
    access_to_a_database_is_one_of_two: "db_access: write" => ["bad_value! 6:16"];
    variables_of_a_workflow_keep_their_rules: "env_overrides: { path: x, A: '${inputs.a}' }" => ["invalid! 6:22", "malformed! 6:35"];
    documents_are_a_word_a_list_or_a_choice: "resource_refs: some" => ["bad_value! 6:20"];
    a_choice_of_documents_has_two_keys: "resource_refs: { mode: all, include: [a], exclude: [b] }" => ["unknown_key! 6:47"];
    a_list_of_documents_is_one: "resource_refs: [{ uri: a }]" => [];
    tools_are_a_list: "toolchains: node\npermissions: read\nwith_apis: api" =>
        ["wrong_type! 6:17", "wrong_type! 7:18", "wrong_type! 8:16"];
    an_input_comes_from_an_event: "inputs: { a: { from: event.number }, b: { from: event.payload }, c: { form: x } }" =>
        ["bad_value! 6:26", "unknown_key! 6:75"];
    a_trigger_of_a_workflow_has_one_event: "trigger: { manual: true, event: { source: x } }" => ["conflict! 6:14"];
    a_schedule_of_a_workflow_is_checked: "trigger: { cron: { schedule: often } }" => ["malformed! 6:34"];
    a_workflow_may_follow_a_pipeline_that_is_there: "trigger: { system: { event: pipeline.failed, pipeline: w } }" =>
        ["unknown_reference! 6:60"];
}

cases! { workflow:
    a_workflow_of_another_file_is_refused: "$ref: ./other" => ["unsupported! 6:5"];
    a_workflow_has_steps: "hints: {}" => ["missing_key! 5:3"];
    a_workflow_has_more_than_no_steps: "steps: []" => ["missing_key! 5:3"];
    steps_of_a_workflow_are_a_list: "steps: {}" => ["wrong_type! 6:12"];
    names_of_steps_are_different: "steps: [{ name: a, run: x }, { name: a, run: y }]" => ["collision! 6:42"];
    a_step_by_number_may_be_named: "steps: [{ run: x }, { run: y, depends_on: [step-1], condition: \"step-1.status != 'failed'\" }]" => [];
    steps_of_a_workflow_wait_for_each_other: "steps: [{ name: a, run: x, depends_on: [b] }, { name: b, run: y, depends_on: [a] }]" =>
        ["cycle! 6:45"];
    an_environment_of_a_workflow_is_declared: "env: prod\nsteps: [{ run: x }]" => [];
}

cases! { step:
    every_key_of_a_step_is_read:
        "agent: { name: x }, prompt: 'look at ${inputs.pr}', harness: a, harness_profile: b, harness_options: {}, \
         harness_preference: c, hints: {}, permissions: [read], toolchains: [node], scope: all, git: {}, with_apis: [], \
         resource_refs: all, depends_on: [a], condition: \"a.status == 'done'\", requires: { secrets: [KEY] }, \
         retry: { max_attempts: 3, backoff_seconds: 5, backoff_multiplier: 1.5, retryable_errors: [timeout] }, \
         env_overrides: { A: x }" => [];
    a_step_of_a_workflow_does_something: "name: b" => ["missing_key! 8:7"];
    a_step_of_a_workflow_does_one_thing: "run: x, agent: {}" => ["conflict! 8:7"];
    an_action_is_no_step_of_a_workflow: "action: { type: build }" => ["unsupported! 8:9"];
    a_command_of_a_workflow_is_text_or_a_list: "script: { run: { a: b } }" => ["wrong_type! 8:24"];
    a_script_of_a_workflow_has_a_command: "script: { timeout: 5m }" => ["missing_key! 8:17"];
    a_script_of_a_workflow_is_well: "script: { command: [a, '${inputs.pr}'], timeout_seconds: 5 }" => [];
    a_condition_has_one_form_alone: "run: x, depends_on: [a], condition: a.status == done" => ["bad_value! 8:45"];
    a_condition_is_about_a_step: "run: x, depends_on: [a], condition: \"b.status == 'done'\"" => ["unknown_reference! 8:46"];
    a_condition_is_about_what_is_waited_for: "run: x, condition: \"a.status == 'done'\"" => ["bad_value! 8:29"];
    a_step_waits_for_what_is_there: "run: x, depends_on: [c]" => ["unknown_reference! 8:30"];
    tries_are_counted_from_one: "run: x, retry: { max_attempts: 0, backoff_multiplier: 0.5, backoff_seconds: -1 }" =>
        ["bad_value! 8:40", "bad_value! 8:63", "bad_value! 8:85"];
    a_retry_has_known_keys: "run: x, retry: { attempts: 2, backoff_multiplier: much }" => ["unknown_key! 8:26", "wrong_type! 8:59"];
    an_input_is_declared: "run: 'a ${inputs.pr} ${inputs.rp} $${x} $HOME'" => ["unknown_reference! 8:30"];
    a_text_speaks_of_inputs_and_events: "run: 'a ${event.payload.a.b} ${event.payload} ${HOME} ${'" =>
        ["malformed! 8:38", "malformed! 8:55", "malformed! 8:63"];
    deep_texts_are_read_too: "agent: { a: [{ b: 'x ${secret.KEY}' }] }" => ["malformed! 8:30"];
}

#[test]
fn an_environment_of_a_workflow_is_one_of_those_that_are_declared() {
    let text = format!("{}environments: {{ sandbox: {{}} }}\n", text("env: prod\nsteps: [{ run: x }]"));
    let problems = Manifest::parse(Text { file: "m.yaml", text: &text }, &Limits::default()).unwrap_err();
    let found: Vec<_> = problems.errors().map(|problem| (problem.code.as_str(), problem.line)).collect();
    assert_eq!(found, [("manifest.unknown_reference", 6)]);
}

#[test]
fn a_workflow_is_carried_along_as_it_is_written_and_that_is_told_once() {
    let text =
        text("steps: [{ name: a, run: '${event.payload.x}', retry: { max_attempts: 2 } }]\nhints: { fast: true }");
    let target = Target::new(OrgName::new("acme").unwrap());
    let lowered = Manifest::resolve(Text { file: "m.yaml", text: &text }, &Limits::default(), &target).unwrap();
    let told: Vec<_> =
        lowered.warnings.iter().map(|problem| (problem.code.as_str(), problem.line, problem.column)).collect();
    assert_eq!(told, [("manifest.carried", 5, 3)]);
    let carried: Vec<_> = lowered.project.carried.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
    let expected = "{\"hints\":{\"fast\":true},\"steps\":[{\"name\":\"a\",\"retry\":{\"max_attempts\":2},\"run\":\"${event.payload.x}\"}]}";
    assert_eq!(carried, [("workflows.w", expected)]);
}

#[test]
fn a_workflow_has_a_name() {
    let text = "name: a\nservices: {}\nworkflows: { 'a b': { steps: [{ run: x }] } }\n";
    let problems = Manifest::parse(Text { file: "m.yaml", text }, &Limits::default()).unwrap_err();
    assert_eq!(problems.errors().map(|problem| problem.column).collect::<Vec<_>>(), [14]);
}
