//! What other readers of this language pass over, take literally, or never look at: each is told here, or done.

mod cases;
mod told;

use cases::cases;
use eve_core::OrgName;
use eve_core::desired::{Protocol, Service};
use eve_manifest::{Limits, Lowered, Manifest, Problem, Problems, Target, Text};

fn read(text: &str) -> Result<Lowered, Problems> {
    let manifest = Manifest::parse(Text { file: "m.yaml", text }, &Limits::default())?;
    manifest.lower(&Target::new(OrgName::new("acme").expect("a valid name")))
}

/// What is told of a manifest: in short, and in words.
fn told(text: &str) -> Vec<String> {
    let problems: Vec<Problem> = match read(text) {
        Ok(lowered) => lowered.warnings,
        Err(problems) => problems.into_iter().collect(),
    };
    let brief = told::brief(&problems);
    brief.into_iter().zip(&problems).map(|(brief, problem)| format!("{brief} {}", problem.message)).collect()
}

/// A manifest with these lines from line 4 on, beside a service.
fn beside(lines: &str) -> Vec<String> {
    told(&format!("schema: eve/compose/v2\nname: shop\nservices: {{ web: {{ image: 'web:1' }} }}\n{lines}"))
}

/// A service with these lines from line 6 on.
fn of(lines: &str) -> String {
    let indented: String = lines.lines().flat_map(|line| ["    ", line, "\n"]).collect();
    format!("schema: eve/compose/v2\nname: shop\nservices:\n  web:\n    image: web:1\n{indented}")
}

fn service(lines: &str) -> Vec<String> {
    told(&of(lines))
}

/// What the one service of a manifest becomes.
fn made(text: &str) -> Service {
    let lowered = read(text).unwrap_or_else(|problems| panic!("{problems}"));
    let environment = lowered.project.environments.into_values().next().expect("there is one");
    environment.desired.services.into_values().next().expect("there is one")
}

// Keys that nobody knows, at every level.
cases! { beside:
    an_unknown_key_of_a_manifest: "enviroments: {}\n" => ["unknown_key! 4:1 `enviroments` is no key of a manifest"];
    an_unknown_key_of_an_environment: "environments: { prod: { pipelin: ship } }\n" => ["unknown_key! 4:25 `pipelin` is no key of an environment"];
    an_unknown_key_of_a_pipeline: "pipelines: { ship: { stps: [] , steps: [{ name: a, run: [make] }] } }\n" => ["unknown_key! 4:22 `stps` is no key of a pipeline"];
    an_unknown_key_of_a_step: "pipelines: { ship: { steps: [{ name: a, run: [make], depend_on: [b] }] } }\n" => ["unknown_key! 4:54 `depend_on` is no key of a step"];
    an_unknown_key_of_a_workflow: "workflows: { heal: { steps: [{ run: [make] }], inptus: {} } }\n" => ["carried? 4:14 the workflow `heal` is carried along: nothing runs workflows here", "unknown_key! 4:48 `inptus` is no key of a workflow"];
    an_unknown_key_of_a_workflows_step: "workflows: { heal: { steps: [{ run: [make], depend_on: [b] }] } }\n" => ["carried? 4:14 the workflow `heal` is carried along: nothing runs workflows here", "unknown_key! 4:45 `depend_on` is no key of a workflow step"];
}
cases! { service:
    an_unknown_key_of_a_service: "replica: 2\n" => ["unknown_key! 6:5 `replica` is no key of a service"];
    an_unknown_key_of_the_extension: "x-eve: { ingres: {} }\n" => ["unknown_key! 6:14 `ingres` is no key of an x-eve section"];
    an_unknown_key_of_the_ingress: "ports: [80]\nx-eve: { ingress: { ports: 80 } }\n" => ["unknown_key! 7:25 `ports` is no key of an ingress section"];
    an_unknown_key_of_the_storage: "x-eve: { storage: { mount_path: /data, acess_mode: ReadWriteMany } }\n" => ["unknown_key! 6:44 `acess_mode` is no key of a storage section"];
    both_spellings_of_the_extension: "x-eve: {}\nx_eve: { role: worker }\n" => ["duplicate_key! 7:5 `x-eve` and `x_eve` are one key"];
}

cases! { told:
    a_language_of_another_version: "schema: eve/compose/v9\nname: shop\nservices: {}\n" => ["bad_value! 1:9 `eve/compose/v9` is not allowed here"];
}

// What is named and not there, and what cannot be.
cases! { service:
    a_dependency_on_nobody: "depends_on: { db: { condition: service_started } }\n" => ["unknown_reference! 6:19 no service is named `db`"];
    services_that_wait_for_themselves: "depends_on: { web: { condition: service_started } }\n" => ["cycle! 6:19 services wait for each other: web -> web"];
    an_ingress_at_a_port_that_is_not_there: "ports: [80]\nx-eve: { ingress: { port: 8080 } }\n" => ["unknown_reference! 7:31 `web` has no port 8080"];
    a_port_out_of_range: "ports: [70000]\n" => ["bad_value! 6:13 `70000` is not a port"];
    a_reference_to_nothing: "environment: { A: '${managed.db.url}' }\n" => ["unknown_reference! 6:24 no service is named `db`"];
    a_secret_by_another_spelling: "environment: { A: '${secrets.KEY}' }\n" => ["malformed! 6:24 `${secrets.KEY}` cannot be read"];
    an_interpolation_where_there_is_none: "working_dir: '${secret.KEY}'\n" => ["unsupported! 6:19 secrets and addresses of services may only stand in `environment`"];
}
cases! { beside:
    an_override_of_nobody: "environments: { prod: { overrides: { services: { wbe: { replicas: 2 } } } } }\n" => ["unknown_reference! 4:50 no service is named `wbe`, so nothing can be overridden"];
    a_pipeline_that_is_not_there: "environments: { prod: { pipeline: shp } }\n" => ["unknown_reference! 4:35 no pipeline is named `shp`"];
    an_action_of_no_kind: "pipelines: { ship: { steps: [{ name: a, action: { type: deplyo } }] } }\n" => ["bad_value! 4:57 `deplyo` is not allowed here"];
    a_job_of_no_service: "pipelines: { ship: { steps: [{ name: a, action: { type: job, service: migrate } }] } }\n" => ["unknown_reference! 4:71 no service is named `migrate`"];
    a_time_that_never_comes: "pipelines: { ship: { trigger: { cron: { schedule: '61 * * * *' } }, steps: [{ name: a, run: [make] }] } }\n" => ["not_used? 4:31 nothing listens for events yet: `ship` starts when somebody asks for it", "malformed! 4:51 `61 * * * *` is no schedule: `61` is no minute: use 0 to 59"];
    inputs_below_with: "pipelines: { ship: { steps: [{ name: a, action: { type: deploy, with: { timeout: 0s } } }] } }\n" => ["renamed? 4:65 what stands under `with` is read as if it stood beside `type`", "bad_value! 4:82 a step without time cannot succeed"];
}

// What stands where it means nothing, or is told of in the wrong place.
cases! { service:
    the_extension_where_it_means_nothing: "healthcheck: { test: [NONE], x-eve: { role: job } }\n" => ["unknown_key? 6:34 `x-eve` means nothing in a healthcheck"];
    every_reference_of_a_value: "environment: { X: '${ONE} and ${TWO}' }\n" => ["unset! 6:24 no variable is named `ONE`", "unset! 6:35 no variable is named `TWO`"];
    a_reference_in_a_block_at_its_line: "environment:\n  X: |\n    first\n    a ${ONE}\n    ${TWO} b\n" => ["unset! 9:11 no variable is named `ONE`", "unset! 10:9 no variable is named `TWO`"];
    a_reference_in_a_folded_text_at_its_line: "environment:\n  X: >-\n    first\n    a ${ONE}\n" => ["unset! 9:11 no variable is named `ONE`"];
    a_reference_behind_an_escape: "environment: { X: \"a\\tb ${ONE}\" }\n" => ["unset! 6:29 no variable is named `ONE`"];
    an_ingress_at_a_port_for_datagrams: "ports: [80/udp]\nx-eve: { ingress: {}, health: { tcp: { port: 80 } } }\n" => ["bad_value! 7:23 port 80 of `web`, its first, is none of TCP", "bad_value! 7:50 port 80 of `web` is none of TCP"];
    a_volume_of_bytes: "x-eve: { storage: { mount_path: /data, size: 10 } }\n" => ["bad_value! 6:50 a volume of 10 bytes holds nothing"];
    lists_that_stand_too_deep: "x-a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n" => ["depth_limit! 6:71 more than 64 lists and mappings stand inside each other"];
    two_families_of_addresses: "ports: ['0.0.0.0:22:22', '[::1]:22:23', '0.0.0.0:22:24']\n" => ["conflict! 6:45 `web` wants port 22 of the host twice"];
}
cases! { beside:
    an_override_to_nothing_at_its_line: "environments:\n  prod:\n    overrides: { services: { web: { environment: { A: } } } }\n" => ["wrong_type! 6:52 the variable `A` has no value"];
    a_command_of_nothing: "pipelines: { ship: { steps: [{ name: a, run: '' }] } }\n" => ["bad_value! 4:46 an empty command runs nothing"];
}
cases! { told:
    a_worker_that_is_left_out_and_waited_for: "schema: eve/compose/v2\nname: shop\nservices:\n  web: { image: 'web:1', depends_on: [work] }\n  work: { image: 'web:1', x-eve: { role: worker } }\nenvironments: { prod: { workers: [] } }\n" => ["not_used? 4:39 `work` does not run in `prod`, so `web` does not wait for it there", "not_used? 5:3 the worker `work` does not run in prod, whose `workers` leave it out"];
}

cases! { told:
    a_service_that_no_pipeline_builds: "schema: eve/compose/v2\nname: shop\nservices: { web: { build: . } }\nenvironments: { prod: { pipeline: ship } }\npipelines: { ship: { steps: [{ name: a, run: [make] }] } }\n" => ["never_built? 4:35 no step of `ship` builds or deploys `web`"];
    a_workflow_for_no_environment: "schema: eve/compose/v2\nname: shop\nservices: { web: { image: 'web:1' } }\nenvironments: { prod: {} }\nworkflows: { heal: { env: prd, steps: [{ run: [make] }] } }\n" => ["carried? 5:14 the workflow `heal` is carried along: nothing runs workflows here", "unknown_reference! 5:27 no environment is named `prd`"];
}

// One slip, one problem.
cases! { told:
    a_misspelled_image: "schema: eve/compose/v2\nname: shop\nservices:\n  web: { imge: 'web:1' }\n" => ["unknown_key! 4:10 `imge` is no key of a service"];
    a_misspelled_build_in_a_job: "schema: eve/compose/v2\nname: shop\nservices:\n  web: { buld: '.' }\n" => ["unknown_key! 4:10 `buld` is no key of a service"];
}
cases! { service:
    a_misspelled_test: "healthcheck: { tst: [CMD, x] }\n" => ["unknown_key! 6:20 `tst` is no key of a healthcheck"];
    a_misspelled_probe: "ports: [80]\nx-eve: { health: { htpp: {} } }\n" => ["unknown_key! 7:24 `htpp` is no key of a health section"];
}
cases! { beside:
    a_misspelled_command: "pipelines: { ship: { steps: [{ name: a, action: { type: run, comand: x } }] } }\n" => ["unknown_key! 4:62 `comand` is no key of a run action"];
}

// What cannot be meant.
cases! { service:
    no_processor_time: "cpus: 0\nx-eve: { resources: { requests: { cpu: 0, memory: 0 } } }\n" => ["bad_value! 6:11 without processor time nothing runs"];
    bytes_for_mebibytes: "mem_limit: 512\n" => ["bad_value! 6:16 in 512 bytes nothing runs"];
    bytes_for_mebibytes_in_a_promise: "x-eve: { resources: { requests: { memory: 64 } } }\n" => ["bad_value! 6:47 in 64 bytes nothing runs"];
    a_command_in_one_word: "healthcheck: { test: [CMD, 'curl -f http://localhost/'] }\n" => ["bad_value? 6:26 `curl -f http://localhost/` is one word, and hardly the name of a program"];
    the_root_as_a_device: "devices: [/]\n" => ["bad_value! 6:15 the root of all files is no device"];
    a_version_that_is_none: "x-eve: { role: managed_db, managed: { engine: postgres, engine_version: latest } }\n" => ["not_used? 4:3 `image` of `web` is not used: the platform keeps it", "bad_value! 6:77 `latest` is not a version"];
}
cases! { beside:
    a_commit_by_a_branch: "pipelines: { ship: { steps: [{ name: a, action: { type: build, git_sha: main } }] } }\n" => ["bad_value! 4:73 `main` is not the name of a commit"];
    a_registrys_path_in_capitals: "registry: { host: ghcr.io, namespace: Acme }\n" => ["not_used? 4:11 `registry` is kept, and not used yet: images stay where they are built", "bad_value! 4:39 `Acme` is not the path of repositories"];
    no_time_for_a_workflows_command: "workflows: { heal: { steps: [{ script: { run: make, timeout: 0s } }] } }\n" => ["carried? 4:14 the workflow `heal` is carried along: nothing runs workflows here", "bad_value! 4:62 a step without time cannot succeed"];
    a_pipeline_for_no_environment: "environments: { prod: {} }\npipelines: { ship: { env: prd, steps: [{ name: a, run: [make] }] } }\n" => ["unknown_reference! 5:27 no environment is named `prd`"];
}

/// Elsewhere these hold for jobs alone, or not at all.
#[test]
fn what_a_running_service_says_of_its_process_and_files_holds() {
    let lines = "command: [serve, -v]\nentrypoint: [env]\nworking_dir: /srv\nvolumes: ['data:/data:ro']\n\
                 x-eve: { files: [{ source: conf, target: /etc/conf }] }\n";
    let text = format!("{}volumes: {{ data: {{}} }}\n", of(lines));
    let service = made(&text);
    assert_eq!(service.process.argv(), ["env", "serve", "-v"]);
    assert_eq!(service.process.working_dir.as_deref(), Some("/srv"));
    assert!(service.mounts.iter().any(|mount| mount.volume.as_str() == "data" && mount.read_only));
    assert_eq!(service.files.len(), 1);
}

#[test]
fn a_port_for_datagrams_and_a_health_check_that_is_none_hold() {
    let service = made(&of("ports: ['53:53/udp']\nhealthcheck: { test: [NONE] }\n"));
    assert_eq!(service.ports[0].protocol, Protocol::Udp);
    assert_eq!(service.health.map(|health| health.probe), Some(eve_core::desired::Probe::None));
}

/// A text is looked through once: what a variable holds is filled in nowhere.
#[test]
fn a_dollar_can_be_written() {
    let service = made(&of("environment: { A: '$${secret.KEY} $$5' }\n"));
    let value = service.process.environment.into_values().next().expect("there is one");
    assert_eq!(value.as_text(), Some("${secret.KEY} $5"));
}

/// Others find those of steps and of `requires` alone; before a deploy the engine asks for all of these at once.
#[test]
fn a_secret_of_a_services_variable_is_needed() {
    let text = of("environment: { A: 'x-${secret.KEY}', B: '${secret.KEY}' }\n");
    let project = read(&text).unwrap_or_else(|problems| panic!("{problems}")).project;
    let environment = project.environments.keys().next().expect("there is one");
    let secrets = project.secrets(environment).expect("it is there");
    let places: Vec<_> = secrets.iter().map(|(name, places)| (name.as_str(), places.len())).collect();
    assert_eq!(places, [("KEY", 2)]);
}

/// The parser gives up before the bound is counted; the code is the same.
#[test]
fn lists_that_no_parser_takes_stand_too_deep() {
    let told = service(&format!("x-a: {}{}\n", "[".repeat(300), "]".repeat(300)));
    assert!(told.len() == 1 && told[0].starts_with("depth_limit! 6:"), "{told:?}");
}
