//! Files of the project that releases keep.

use eve_core::desired::FileMount;
use eve_core::{Blobs as _, Digest, EnvName, Environment, Project, Release, SourcePath, codes};
use eve_engine::DeployRequest;

use crate::bench::{Bench, fault_of, job, release_of, sandbox, service_name, web, with_jobs};

fn path(text: &str) -> SourcePath {
    SourcePath::new(text).unwrap()
}

/// One `web` that finds files of the project.
fn with_files(files: &[&str]) -> Project {
    let mut project = web(&["serve"]);
    let service = sandbox(&mut project).desired.services.get_mut(&service_name("web")).unwrap();
    service.files = files.iter().map(|file| FileMount::new(path(file), format!("/etc/{file}"))).collect();
    project
}

#[tokio::test]
async fn a_changed_file_is_another_release_and_going_back_needs_no_folder() {
    let bench = Bench::new();
    bench.source_files.put(path("conf/a"), "one");
    let first = release_of(&bench.succeed(with_files(&["conf"])).await);
    let before = bench.instances("web").await;
    assert!(bench.succeed(with_files(&["conf"])).await.outcome.is_unchanged());

    bench.source_files.put(path("conf/a"), "two");
    let plan = bench.engine.plan(&bench.request(with_files(&["conf"]))).await.unwrap().plan;
    assert!(!plan.is_noop());
    let second = release_of(&bench.succeed(with_files(&["conf"])).await);
    assert_ne!(second, first);
    assert_ne!(bench.instances("web").await[0].hash, before[0].hash);

    bench.source_files.remove(&path("conf/a"));
    let run = bench.engine.rollback(&bench.shop, None, "ann").await.unwrap();
    assert_eq!(release_of(&bench.end(&run).await), first);
    assert_eq!(bench.instances("web").await[0].hash, before[0].hash);
}

#[tokio::test]
async fn files_that_are_missing_are_named_all_at_once_before_anything_begins() {
    let bench = Bench::new();
    bench.source_files.put(path("there"), "x");
    let project = with_jobs(with_files(&["there", "a", "b/c"]), &[("migrate", with_file(&["print", "x"], "d"))]);
    let error = bench.engine.deploy(bench.request(project.clone())).await.map(drop).unwrap_err();
    assert_eq!(error.code(), &codes::FILE_MISSING);
    let text = error.to_string();
    for part in ["services.web.files.1", "services.web.files.2", "services.migrate.files.0", "b/c", "code"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("there "), "{text}");
    let planned = bench.engine.plan(&bench.request(project)).await.map(drop).unwrap_err();
    assert_eq!(planned.to_string(), text);
    assert!(bench.streams().await.is_empty(), "something was journaled");

    let nowhere = DeployRequest::new(with_files(&["there"]), bench.shop.env.clone());
    assert_eq!(bench.engine.plan(&nowhere).await.map(drop).unwrap_err().code(), &codes::FILE_MISSING);
    bench.source_files.put(path("a"), vec![0; 700 << 10]);
    bench.source_files.put(path("b"), vec![0; 700 << 10]);
    let large = bench.engine.deploy(bench.request(with_files(&["a", "b"]))).await.map(drop).unwrap_err();
    assert_eq!(large.code(), &codes::FILE_TOO_LARGE);
    assert!(large.to_string().contains("services.web.files.1") && large.to_string().contains("left"), "{large}");

    // Each service may have as much as that, and one that asks twice for a file has it twice.
    let both = with_jobs(with_files(&["a"]), &[("migrate", with_file(&["print", "x"], "b"))]);
    assert!(bench.engine.plan(&bench.request(both)).await.is_ok());
    let twice = bench.engine.plan(&bench.request(with_files(&["a", "a"]))).await.map(drop).unwrap_err();
    assert_eq!(twice.code(), &codes::FILE_TOO_LARGE);
}

#[tokio::test]
async fn two_files_at_one_place_are_told_with_both_before_anything_begins() {
    let bench = Bench::new();
    bench.source_files.put(path("conf/a"), "one");
    let mut project = with_files(&["conf"]);
    let at = |project: &mut Project, target: &str| {
        let service = sandbox(project).desired.services.get_mut(&service_name("web")).unwrap();
        service.files.truncate(1);
        service.files.push(FileMount::text("two", target));
    };
    at(&mut project, "/etc/conf/a");
    let error = bench.engine.deploy(bench.request(project.clone())).await.map(drop).unwrap_err();
    assert_eq!(error.code(), &codes::FILE_CONFLICT);
    let text = error.to_string();
    assert!(text.contains("services.web.files.0") && text.contains("services.web.files.1"), "{text}");
    let planned = bench.engine.plan(&bench.request(project.clone())).await.map(drop).unwrap_err();
    assert_eq!(planned.to_string(), text);
    assert!(bench.streams().await.is_empty(), "something was journaled");
    assert!(!bench.blobs.has(&Digest::of("one")).await.unwrap(), "something was kept");

    at(&mut project, "/etc/conf/b");
    let release = bench.release(&release_of(&bench.succeed(project.clone()).await)).await;
    assert!(bench.engine.plan(&DeployRequest::release(release.clone(), bench.shop.env.clone())).await.is_ok());

    // As a version that did not look made it.
    let mut old = release;
    at(&mut old.project, "/etc/conf/a");
    let request = || DeployRequest::release(old.clone(), bench.shop.env.clone());
    assert_eq!(bench.engine.plan(&request()).await.map(drop).unwrap_err().code(), &codes::FILE_CONFLICT);
    assert_eq!(bench.engine.deploy(request()).await.map(drop).unwrap_err().code(), &codes::FILE_CONFLICT);
}

#[tokio::test]
async fn a_plan_keeps_nothing_and_is_the_one_that_is_done() {
    let bench = Bench::new();
    bench.source_files.put(path("a"), "one");
    let planned = bench.engine.plan(&bench.request(with_files(&["a"]))).await.unwrap();
    assert!(!bench.blobs.has(&Digest::of("one")).await.unwrap());
    let approved = planned.plan.digest().unwrap();
    let run = bench.engine.deploy(bench.request(with_files(&["a"])).with_approved(approved.clone())).await.unwrap();
    assert!(bench.end(&run).await.outcome.is_success());
    assert!(bench.blobs.has(&Digest::of("one")).await.unwrap());

    bench.source_files.put(path("a"), "two");
    let run = bench.engine.deploy(bench.request(with_files(&["a"])).with_approved(approved)).await.unwrap();
    assert_eq!(fault_of(&bench.end(&run).await).code, codes::PLAN_DRIFTED);
}

#[tokio::test]
async fn a_job_finds_the_files_of_its_run_and_texts_of_the_manifest() {
    let bench = Bench::new();
    bench.source_files.put(path("d"), "one");
    let mut migrate = with_file(&["print", "x"], "d");
    migrate.files.push(FileMount::text("two", "/etc/text"));
    bench.succeed(with_jobs(web(&["serve"]), &[("migrate", migrate)])).await;
    assert!(bench.blobs.has(&Digest::of("two")).await.unwrap());
}

#[tokio::test]
async fn a_release_without_another_environments_files_does_not_go_there() {
    let bench = Bench::new();
    bench.source_files.put(path("a"), "one");
    let mut project = with_files(&["a"]);
    let prod = EnvName::new("prod").unwrap();
    let mut other = with_files(&["b"]).environments.pop_first().unwrap().1;
    other.desired.environment = project.environment_id(&prod);
    // A host leads to one environment only.
    other.desired.routes.clear();
    project.environments.insert(prod.clone(), Environment::new(other.desired));
    let release: Release = bench.release(&release_of(&bench.succeed(project.clone()).await)).await;
    let run = bench.engine.deploy(DeployRequest::release(release, prod.clone())).await.unwrap();
    assert_eq!(fault_of(&bench.end(&run).await).code, codes::FILE_MISSING);

    bench.source_files.put(path("b"), "two");
    let release = bench.release(&release_of(&bench.succeed(project).await)).await;
    bench.source_files.remove(&path("b"));
    let run = bench.engine.deploy(DeployRequest::release(release, prod)).await.unwrap();
    assert!(bench.end(&run).await.outcome.is_success());
}

fn with_file(argv: &[&str], file: &str) -> eve_core::desired::Job {
    let mut job = job(argv);
    job.files.push(FileMount::new(path(file), "/etc/file"));
    job
}
