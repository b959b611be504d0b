//! What no library on the way may write into the program's log.

use std::sync::atomic::{AtomicUsize, Ordering};

use eve_core::desired::Restart;
use eve_core::{ObjectState, Template, VarName};
use log::{LevelFilter, Log, Metadata, Record};

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
    let place = Place::open().await;
    let mut web = shell("exit 3");
    web.ports.clear();
    web.restart = Restart::Never;
    web.process.environment.insert(VarName::new("PASSWORD").expect("a valid name"), Template::text(VALUE));
    place.ensure(&place.want(&[("web", web)])).await.expect("it is made");
    place.until("its end", |seen| seen.objects.iter().any(|o| matches!(o.state, ObjectState::Ended { .. }))).await;
    assert_ne!(EAR.heard.load(Ordering::Relaxed), 0, "the client library writes a log, and it is heard");
    assert_eq!(EAR.told.load(Ordering::Relaxed), 0, "lines hold the value");
    place.close().await;
}
