//! Builds.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use eve_core::desired::BuildSpec;
use eve_core::{Artifact, BuildCx, BuildRequest, Builder as _, Deadline, Result, SourceDir, SystemEnv, codes};
use eve_runtime_process::{ProcessConfig, ProcessHost};
use tempfile::TempDir;

use crate::place::{PATIENCE, Place, name};

struct Project {
    place: Place,
    source: TempDir,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Project {
    async fn new() -> Self {
        let source = tempfile::tempdir().unwrap();
        fs::create_dir_all(source.path().join("api/bin")).unwrap();
        fs::write(source.path().join("api/a.txt"), "a").unwrap();
        fs::write(source.path().join("api/bin/b"), "b").unwrap();
        Self { place: Place::open().await, source, lines: Arc::default() }
    }

    fn cx(&self) -> BuildCx {
        let system = Arc::new(SystemEnv::new());
        let deadline = Deadline::after(&*system, PATIENCE);
        let lines = Arc::clone(&self.lines);
        let log = move |line: bytes::Bytes| lines.lock().unwrap().push(String::from_utf8_lossy(&line).into_owned());
        let mut cx = BuildCx::new(system, deadline);
        cx.log = Arc::new(log);
        cx
    }

    async fn build(&self, spec: BuildSpec) -> Result<Artifact> {
        let request = BuildRequest::new(name("api"), spec, SourceDir::new(self.source.path()));
        self.place.host.builder().build(&request, &self.cx()).await
    }

    async fn api(&self) -> Artifact {
        self.build(BuildSpec::new("api")).await.unwrap()
    }

    async fn refused(&self, context: &str) -> eve_core::Code {
        self.build(BuildSpec::new(context)).await.unwrap_err().code().clone()
    }

    fn file(&self, path: &str) -> PathBuf {
        self.source.path().join(path)
    }

    fn snapshot(&self, artifact: &Artifact) -> PathBuf {
        let Artifact::Snapshot { digest } = artifact else { panic!("{artifact} is no snapshot") };
        self.place.dir.path().join("snapshots").join(digest.hex())
    }

    fn snapshots(&self) -> usize {
        let there = fs::read_dir(self.place.dir.path().join("snapshots")).unwrap();
        // Beside them is the lock of those who build and clean up.
        there.filter(|one| one.as_ref().is_ok_and(|one| one.path().is_dir())).count()
    }
}

#[tokio::test]
async fn equal_files_give_an_equal_snapshot_wherever_they_are() {
    let (one, two) = (Project::new().await, Project::new().await);
    assert_eq!(one.api().await, two.api().await);
    assert_eq!(one.api().await, one.api().await);
    assert_eq!(one.snapshots(), 1);
}

#[tokio::test]
async fn content_path_and_mode_change_the_snapshot() {
    let project = Project::new().await;
    let mut seen = vec![project.api().await];
    fs::write(project.file("api/a.txt"), "A").unwrap();
    seen.push(project.api().await);
    fs::rename(project.file("api/a.txt"), project.file("api/c.txt")).unwrap();
    seen.push(project.api().await);
    fs::set_permissions(project.file("api/bin/b"), fs::Permissions::from_mode(0o755)).unwrap();
    seen.push(project.api().await);
    symlink("bin/b", project.file("api/link")).unwrap();
    seen.push(project.api().await);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn a_snapshot_holds_what_the_folder_held_read_only() {
    let project = Project::new().await;
    fs::set_permissions(project.file("api/bin/b"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("../a.txt", project.file("api/bin/link")).unwrap();
    let snapshot = project.snapshot(&project.api().await);
    assert_eq!(fs::read(snapshot.join("a.txt")).unwrap(), b"a");
    assert_eq!(fs::read(snapshot.join("bin/link")).unwrap(), b"a");
    let mode = |path: &str| fs::metadata(snapshot.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("a.txt"), mode("bin/b")), (0o444, 0o555));
}

#[tokio::test]
async fn what_is_ignored_is_left_out() {
    let project = Project::new().await;
    let before = project.api().await;
    fs::create_dir(project.file("api/.git")).unwrap();
    fs::write(project.file("api/.git/HEAD"), "x").unwrap();
    assert_eq!(project.api().await, before);
    fs::write(project.file("api/.dockerignore"), "target\n*.log\n").unwrap();
    let ignoring = project.api().await;
    fs::create_dir(project.file("api/target")).unwrap();
    fs::write(project.file("api/target/x"), "x").unwrap();
    fs::write(project.file("api/x.log"), "x").unwrap();
    assert_eq!(project.api().await, ignoring);
}

#[tokio::test]
async fn the_state_is_no_part_of_a_snapshot_of_the_folder_around_it() {
    let source = tempfile::tempdir().unwrap();
    let state = source.path().join("kept");
    let host = ProcessHost::open(ProcessConfig::new(state.join("process")).with_left_out(&state), Arc::default())
        .await
        .unwrap();
    fs::write(source.path().join("a.txt"), "a").unwrap();
    let request = BuildRequest::new(name("api"), BuildSpec::new("."), SourceDir::new(source.path()));
    let system = Arc::new(SystemEnv::new());
    let cx = BuildCx::new(system.clone(), Deadline::after(&*system, PATIENCE));
    let first = host.builder().build(&request, &cx).await.unwrap();
    fs::write(state.join("journal.db"), "x").unwrap();
    fs::create_dir_all(source.path().join(".eve/state/secrets")).unwrap();
    fs::write(source.path().join(".eve/state/secrets/system.env"), "TOKEN=x").unwrap();
    let Artifact::Snapshot { digest } = &first else { panic!("{first} is no snapshot") };
    let folder = state.join("process/snapshots").join(digest.hex());
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["a.txt"]);
    let second = host.builder().build(&request, &cx).await.unwrap();
    let Artifact::Snapshot { digest } = &second else { panic!("{second} is no snapshot") };
    let folder = state.join("process/snapshots").join(digest.hex());
    assert!(folder.join(".eve").is_dir() && !folder.join(".eve/state").exists());
}

#[tokio::test]
async fn a_context_may_not_lead_out() {
    let project = Project::new().await;
    symlink("/etc", project.file("out")).unwrap();
    for context in ["..", "api/../..", "/etc", "out"] {
        assert_eq!(project.refused(context).await, codes::BUILD_CONTEXT_ESCAPES, "{context}");
    }
}

#[tokio::test]
async fn a_context_must_be_a_folder() {
    let project = Project::new().await;
    for context in ["nowhere", "api/a.txt"] {
        assert_eq!(project.refused(context).await, codes::BUILD_CONTEXT_MISSING, "{context}");
    }
}

#[tokio::test]
async fn a_link_that_leads_out_is_refused_and_leaves_nothing() {
    let project = Project::new().await;
    symlink("../../secret", project.file("api/link")).unwrap();
    assert_eq!(project.refused("api").await, codes::BUILD_CONTEXT_ESCAPES);
    assert_eq!(project.snapshots(), 0);
}

#[tokio::test]
async fn a_link_that_leads_out_through_another_link_is_refused() {
    let project = Project::new().await;
    symlink("..", project.file("api/bin/up")).unwrap();
    project.api().await;
    symlink("bin/up/../../secret", project.file("api/link")).unwrap();
    assert_eq!(project.refused("api").await, codes::BUILD_CONTEXT_ESCAPES);
}

#[tokio::test]
async fn an_ignore_file_of_somewhere_else_is_not_read() {
    let project = Project::new().await;
    fs::write(project.file("elsewhere"), "not*yours\n").unwrap();
    symlink("../elsewhere", project.file("api/.dockerignore")).unwrap();
    assert_eq!(project.refused("api").await, codes::BUILD_FAILED);
    let lines = project.lines.lock().unwrap();
    assert!(!lines.iter().any(|line| line.contains("yours")), "{lines:?}");
}

#[tokio::test]
async fn what_has_no_effect_is_told() {
    let project = Project::new().await;
    let mut spec = BuildSpec::new("api");
    spec.dockerfile = Some("Dockerfile.prod".to_owned());
    spec.args.insert("MODE".to_owned(), "fast".to_owned());
    project.build(spec).await.unwrap();
    let lines = project.lines.lock().unwrap();
    let told = |what: &str| lines.iter().any(|line| line.starts_with("warning") && line.contains(what));
    assert!(told("Dockerfile.prod") && told("MODE"), "{lines:?}");
    assert!(lines.last().unwrap().starts_with("api: 2 files"));
}

#[tokio::test]
async fn a_cancelled_build_leaves_nothing() {
    let project = Project::new().await;
    let cx = project.cx();
    cx.cancel.cancel();
    let request = BuildRequest::new(name("api"), BuildSpec::new("api"), SourceDir::new(project.source.path()));
    let error = project.place.host.builder().build(&request, &cx).await.unwrap_err();
    assert_eq!(error.code(), &codes::CANCELLED);
    assert_eq!(project.snapshots(), 0);
}
