//! What no library on the way may write into the program's log.

use std::sync::atomic::{AtomicUsize, Ordering};

use eve_core::desired::{FileMount, Restart, SecretFile};
use eve_core::{ObjectState, SecretName, SecretVersion, SourcePath, Template, VarName};
use eve_runtime_docker::DockerConfig;
use log::{LevelFilter, Log, Metadata, Record};

use crate::elsewhere::over_tcp;
use crate::place::Place;
use crate::programs::shell;

/// The value that must not be seen. Nothing else in these tests has it.
const VALUE: &str = "rosebud-4f1c-in-the-clear";

/// Counts lines that hold the value, and lines that tell of the engine's containers at all.
struct Ear {
    heard: AtomicUsize,
    told: AtomicUsize,
}

static EAR: Ear = Ear { heard: AtomicUsize::new(0), told: AtomicUsize::new(0) };

impl Log for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = record.args().to_string();
        self.heard.fetch_add(usize::from(line.contains("/containers/")), Ordering::Relaxed);
        self.told.fetch_add(usize::from(line.contains(VALUE)), Ordering::Relaxed);
    }

    fn flush(&self) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_containers_environment_is_in_no_line_of_the_log() {
    log::set_logger(&EAR).expect("no other test listens");
    log::set_max_level(LevelFilter::Trace);
    let elsewhere = over_tcp(DockerConfig::from_env()).await.host;
    for place in [Place::open().await, Place::with(|config| config.with_host(elsewhere)).await] {
        write(place).await;
    }
    assert_ne!(EAR.heard.load(Ordering::Relaxed), 0, "the client library writes a log, and it is heard");
    assert_eq!(EAR.told.load(Ordering::Relaxed), 0, "lines hold the value");
}

/// Makes a container that has the value as a variable, as a secret in a file, and as a file.
async fn write(place: Place) {
    let mut web = shell("exit 3");
    web.ports.clear();
    web.restart = Restart::Never;
    web.process.environment.insert(VarName::new("PASSWORD").expect("a valid name"), Template::text(VALUE));
    let (secret, path) = (SecretName::new("PASSWORD").expect("a name"), SourcePath::new("file").expect("a path"));
    web.secrets.push(SecretFile::new(secret.clone()));
    web.files.push(FileMount::new(path.clone(), "/etc/file"));
    place.store.put_secret(&secret, VALUE);
    let mut want = place.want(&[("web", web)]);
    want.files.insert(path, place.store.put_tree(VALUE));
    want.secrets.insert(secret, SecretVersion::new("1"));
    place.ensure(&want).await.expect("it is made");
    place.until("its end", |seen| seen.objects.iter().any(|o| matches!(o.state, ObjectState::Ended { .. }))).await;
    place.close().await;
}
