//! Reading one run of one container from any place.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use eve_core::{Exit, LogItem, LogOptions, LogSource, Result};
use futures_util::io::AsyncBufReadExt as _;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, LogParams};

use super::cursor::{Cursor, split};
use crate::api::{Cluster, is_gone, unavailable};
use crate::runtime::pods;

/// How many times, and with which pause, it is looked whether a run has ended whose lines have.
const LOOKS: u32 = 50;
const AGAIN: Duration = Duration::from_millis(100);
/// How many times it is tried again, with growing pauses, to read what comes next after the cluster broke off.
const TRIES: u32 = 5;

/// One run of a pod's container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Run {
    pub(crate) pod: String,
    pub(crate) uid: String,
    /// How often the container had been started before.
    pub(crate) number: i32,
}

impl Run {
    /// The name under which its lines are read.
    pub(crate) fn source(&self) -> LogSource {
        LogSource::new(format!("{}@{}#{}", self.pod, self.uid, self.number))
    }
}

/// Reads what one run wrote.
pub(crate) struct LogReader {
    cluster: Cluster,
    namespace: String,
    run: Run,
    follow: bool,
    /// The most lines that are read from the start.
    most: usize,
    tail: Option<usize>,
    /// The last line that was handed out, or that somebody else has.
    last: Option<Cursor>,
    /// The place of the last line that was read, handed out or not.
    at: Cursor,
    /// True until the line at `last` was met again.
    seeks: bool,
    lines: Option<BoxStream<'static, Result<String>>>,
    /// What was read from the start, until it is known whether it is all.
    pending: VecDeque<LogItem>,
    progress: Progress,
    /// How often the cluster broke off since the last line.
    broken_off: u32,
}

/// How far a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// It has read nothing, or has to begin again.
    Begin,
    Reading,
    Over,
}

impl LogReader {
    pub(crate) fn new(cluster: Cluster, namespace: String, run: Run, most: usize, how: &LogOptions) -> Self {
        let last = how.after.get(&run.source()).and_then(Cursor::read);
        Self {
            cluster,
            namespace,
            run,
            follow: how.follow,
            most,
            tail: how.tail,
            last,
            at: Cursor::default(),
            seeks: last.is_some(),
            lines: None,
            pending: VecDeque::new(),
            progress: Progress::Begin,
            broken_off: 0,
        }
    }

    /// The items, until there are no more.
    pub(crate) fn stream(self) -> BoxStream<'static, Result<LogItem>> {
        stream::unfold(self, |mut reader| async move {
            loop {
                if let Some(item) = reader.pending.pop_front() {
                    return Some((Ok(item), reader));
                }
                if reader.progress == Progress::Over {
                    return None;
                }
                if let Err(error) = reader.step().await {
                    reader.progress = Progress::Over;
                    return Some((Err(error), reader));
                }
            }
        })
        .boxed()
    }

    /// Goes one step on, and begins again after the last line where the cluster broke off.
    async fn step(&mut self) -> Result<()> {
        match self.go_on().await {
            Err(error) if error.is_retryable() && self.broken_off < TRIES => {
                tracing::debug!(%error, pod = self.run.pod, "its lines are asked for again");
                self.broken_off += 1;
                tokio::time::sleep(AGAIN * 2_u32.pow(self.broken_off)).await;
                self.begin_again();
                Ok(())
            }
            done => done,
        }
    }

    async fn go_on(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.progress, Progress::Reading) == Progress::Begin {
            return self.begin().await;
        }
        match self.lines.as_mut() {
            Some(lines) => match lines.next().await {
                Some(line) => self.take(&line?),
                None => self.lines = None,
            },
            None => self.end().await?,
        }
        Ok(())
    }

    async fn pod(&mut self) -> Result<Option<Pod>> {
        let api: Api<Pod> = Api::namespaced(self.cluster.client(), &self.namespace);
        let found = api.get_opt(&self.run.pod).await.map_err(|error| unavailable("reading a pod", error))?;
        Ok(found.filter(|pod| pod.metadata.uid.as_deref() == Some(&self.run.uid)))
    }

    async fn begin(&mut self) -> Result<()> {
        let Some(pod) = self.pod().await? else { return Ok(()) };
        let now = pods::container(&pod).map_or(0, |container| container.restart_count);
        if self.run.number + 1 < now {
            self.gap(None, "the cluster keeps what the last two runs of a container wrote".to_owned());
            return Ok(());
        }
        let is_current = self.run.number == now;
        // One more than is wanted tells whether there are more.
        let most = self.tail.unwrap_or(self.most + 1);
        let params = LogParams {
            container: Some("main".to_owned()),
            follow: self.follow && is_current,
            previous: !is_current,
            timestamps: true,
            since_time: self.last.and_then(|last| k8s_openapi::jiff::Timestamp::from_second(last.second_before()).ok()),
            tail_lines: self.last.is_none().then(|| i64::try_from(most).unwrap_or(i64::MAX)),
            ..LogParams::default()
        };
        if self.last.is_none() && self.tail.is_none() {
            self.look_whether_more_was_written(&params).await?;
        }
        let api: Api<Pod> = Api::namespaced(self.cluster.client(), &self.namespace);
        match api.log_stream(&self.run.pod, &params).await {
            Ok(read) => {
                let failed = |error: std::io::Error| {
                    let text = "the cluster broke off while it handed out lines";
                    eve_core::Error::unavailable(eve_core::codes::BACKEND_UNAVAILABLE, text).with_source(error)
                };
                self.lines = Some(read.lines().map(move |line| line.map_err(failed)).boxed());
                Ok(())
            }
            // A container that was never started wrote nothing.
            Err(error) if is_gone(&error) || is_too_early(&error) => Ok(()),
            Err(error) => Err(unavailable(&format!("reading what {} wrote", self.run.pod), error)),
        }
    }

    /// Says so where more was written than is read.
    async fn look_whether_more_was_written(&mut self, params: &LogParams) -> Result<()> {
        let api: Api<Pod> = Api::namespaced(self.cluster.client(), &self.namespace);
        let all = LogParams { follow: false, ..params.clone() };
        let text = match api.logs(&self.run.pod, &all).await {
            Ok(text) => text,
            // A container that was never started wrote nothing.
            Err(error) if is_gone(&error) || is_too_early(&error) => return Ok(()),
            Err(error) => return Err(unavailable(&format!("reading what {} wrote", self.run.pod), error)),
        };
        if text.lines().count() > self.most {
            self.gap(None, format!("only the last {} lines are read", self.most + 1));
        }
        Ok(())
    }

    fn take(&mut self, text: &str) {
        let Some((at, line)) = split(text) else { return };
        let place = self.at.next(at.max(self.at.at()));
        self.at = place;
        if let Some(last) = self.last.filter(|_| self.seeks) {
            if place <= last {
                self.seeks = place != last;
                return;
            }
            self.seeks = false;
            self.gap(Some(last), "the cluster has dropped what came after it".to_owned());
        }
        self.last = Some(place);
        self.broken_off = 0;
        self.pending.push_back(LogItem::Line {
            source: self.run.source(),
            cursor: place.write(),
            at: place.time(),
            bytes: Bytes::copy_from_slice(line.as_bytes()),
        });
    }

    fn gap(&mut self, after: Option<Cursor>, cause: String) {
        self.pending.push_back(LogItem::Gap { source: self.run.source(), after: after.map(Cursor::write), cause });
    }

    /// What is there was read: says how the run ended, if it did, and goes on if it runs and is followed.
    async fn end(&mut self) -> Result<()> {
        for _ in 0..LOOKS {
            let exit = match self.pod().await? {
                // Who was removed cannot be asked any more.
                None => Some(Exit::Lost),
                Some(pod) => self.exit(&pod),
            };
            if exit.is_some() || !self.follow {
                self.progress = Progress::Over;
                let source = self.run.source();
                self.pending.extend(exit.map(|exit| LogItem::Ended { source, exit }));
                return Ok(());
            }
            // That it ended is told a moment after its last line.
            tokio::time::sleep(AGAIN).await;
        }
        // The cluster ended it, and the run goes on.
        self.begin_again();
        Ok(())
    }

    /// Reads from the last line that was handed out.
    fn begin_again(&mut self) {
        self.lines = None;
        (self.progress, self.seeks, self.at) = (Progress::Begin, self.last.is_some(), Cursor::default());
    }

    fn exit(&self, pod: &Pod) -> Option<Exit> {
        let container = pods::container(pod)?;
        let terminated = |state: Option<&k8s_openapi::api::core::v1::ContainerState>| {
            state.and_then(|state| state.terminated.as_ref()).map(pods::exit)
        };
        if container.restart_count == self.run.number {
            let waits = container.state.as_ref().is_some_and(|state| state.waiting.is_some());
            let ended = waits.then(|| terminated(container.last_state.as_ref())).flatten();
            return terminated(container.state.as_ref()).or(ended);
        }
        let of_last = container.restart_count == self.run.number + 1;
        Some(of_last.then(|| terminated(container.last_state.as_ref())).flatten().unwrap_or(Exit::Lost))
    }
}

/// True if a container has not been started yet.
fn is_too_early(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 400)
}
