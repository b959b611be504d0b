//! The builder.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::{
    Artifact, ArtifactStore, BuildCx, BuildRequest, Builder, Cancel, Deadline, Error, Ignore, ProgressEvent,
    ProgressStatus, Result, codes,
};

use super::context;
use super::shelf::{self, Turn};
use super::tree::{Copied, Tree};
use super::unfinished::Unfinished;
use crate::config::ProcessConfig;
use crate::state_dir::{StateDir, io_error};

/// Makes snapshots: content-addressed copies of build contexts, started as they are.
///
/// Nothing is compiled and no build file is read: a `dockerfile` or `args` in the build are told in
/// the build's log and change nothing. Left out are `.git`, Eve's own state (`.eve/state`, the state
/// folder and [`ProcessConfig::leave_out`]), and what `.dockerignore` names by a plain path or one
/// `*` at either end.
#[derive(Debug, Clone)]
pub struct SnapshotBuilder {
    config: Arc<ProcessConfig>,
    pub(super) state: Arc<StateDir>,
}

impl SnapshotBuilder {
    pub(crate) fn new(config: Arc<ProcessConfig>, state: Arc<StateDir>) -> Self {
        Self { config, state }
    }
}

#[async_trait]
impl Builder for SnapshotBuilder {
    async fn build(&self, request: &BuildRequest, cx: &BuildCx) -> Result<Artifact> {
        let id = format!("build {}", request.service);
        let text = format!("{} of {}", request.spec.context, request.service);
        cx.cancel.check()?;
        if cx.deadline.has_passed(&*cx.env) {
            return Err(Deadline::exceeded(&id));
        }
        cx.progress.say(|| ProgressEvent::new(&id, ProgressStatus::Started, &text));
        // Cancelled when the waiting ends, however it ends: then nobody wants the copy any more.
        let work = cx.cancel.child();
        let _stop = CancelOnDrop(work.clone());
        let job = Job {
            config: Arc::clone(&self.config),
            state: Arc::clone(&self.state),
            request: request.clone(),
            cancel: work,
            log: Arc::clone(&cx.log),
            unique: cx.env.random(),
        };
        let running = tokio::task::spawn_blocking(move || job.run());
        let built = match cx.deadline.limit(&*cx.env, &id, running).await {
            Ok(Ok(built)) => built,
            Ok(Err(e)) => Err(Error::internal(codes::INTERNAL_INVARIANT, "a build broke off").with_source(e)),
            Err(passed) => Err(passed),
        };
        let status = match &built {
            Ok(_) => ProgressStatus::Done,
            Err(e) if *e.code() == codes::CANCELLED => ProgressStatus::Cancelled,
            Err(_) => ProgressStatus::Failed,
        };
        cx.progress.say(|| ProgressEvent::new(&id, status, &text));
        built
    }

    fn artifacts(&self) -> Option<&dyn ArtifactStore> {
        Some(self)
    }
}

impl fmt::Display for SnapshotBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("snapshots")
    }
}

struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// One build, on a thread that may block.
struct Job {
    config: Arc<ProcessConfig>,
    state: Arc<StateDir>,
    request: BuildRequest,
    cancel: Cancel,
    log: Arc<dyn Fn(Bytes) + Send + Sync>,
    unique: u64,
}

impl Job {
    fn run(&self) -> Result<Artifact> {
        let spec = &self.request.spec;
        let from = context::resolve(self.request.source.path(), &spec.context)?;
        if let Some(file) = &spec.dockerfile {
            self.say(&format!("warning: build file {file} is not read, the folder is taken as it is"));
        }
        for name in spec.args.keys() {
            self.say(&format!("warning: build argument {name} has no effect on a snapshot"));
        }
        let _turn = Turn::to_build(&self.state)?;
        let ignore = ignored_in(&from)?.with_never(self.state_below(&from));
        let tree = Tree::list(&from, &ignore, &self.cancel)?;
        let unfinished = Unfinished::make(&self.state, self.unique)
            .map_err(|e| io_error("write in", &self.state.path("snapshots"), e))?;
        let copied = tree.copy(&from, unfinished.path(), &self.cancel)?;
        let target = self.state.snapshot(&copied.digest);
        let known = target.is_dir();
        // Another build of the same files may be faster: then its copy is as good.
        if !known
            && let Err(e) = unfinished.finish(&target)
            && !target.is_dir()
        {
            return Err(io_error("make", &target, e));
        }
        shelf::touch(&target)?;
        self.say(&summary(self.request.service.as_str(), &copied, known));
        Ok(Artifact::Snapshot { digest: copied.digest })
    }

    /// Where state stands in a context, if it does.
    fn state_below(&self, from: &Path) -> Vec<PathBuf> {
        let state = self.state.path("");
        let places = self.config.leave_out.iter().filter_map(|place| place.canonicalize().ok()).chain([state]);
        places.filter_map(|place| Some(place.strip_prefix(from).ok()?.to_owned())).collect()
    }

    fn say(&self, line: &str) {
        (self.log)(Bytes::copy_from_slice(line.as_bytes()));
    }
}

/// What a context's `.dockerignore` leaves out.
fn ignored_in(from: &Path) -> Result<Ignore> {
    let text = match context::resolve_file(from, ".dockerignore").and_then(fs::read_to_string) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Ignore::default()),
        Err(e) => {
            return Err(Error::failed(codes::BUILD_FAILED, ".dockerignore cannot be read").with_source(e));
        }
    };
    Ok(Ignore::parse(&text))
}

fn summary(service: &str, copied: &Copied, known: bool) -> String {
    let kilobytes = copied.bytes.div_ceil(1000);
    let how = if known { "known already" } else { "new" };
    format!("{service}: {} files, {kilobytes} kB, snapshot {} ({how})", copied.files, copied.digest.short(12))
}
