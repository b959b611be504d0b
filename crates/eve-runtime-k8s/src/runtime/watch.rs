//! Watching an environment.

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use eve_core::{EnvironmentId, Error, Observed, Result, codes, naming};
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};
use kube::api::DynamicObject;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event};

use super::k8s_runtime::K8sRuntime;
use super::look::{Look, kinds};
use crate::api::{Cluster, Kind, of_metadata, unavailable};

/// What one kind's watch says.
type Said = (Kind, watcher::Result<Event<DynamicObject>>);

/// One watch of the environment: what was looked at, told when it changes.
struct Watch {
    runtime: K8sRuntime,
    looks: Looks,
    last: Option<Observed>,
    /// True if the last state told of something wrong: the next one takes its time.
    is_troubled: bool,
}

/// Between two states in which something is wrong: each of them costs a reading of the whole namespace.
const PAUSE: Duration = Duration::from_millis(250);

/// A stream for each kind, folded into whole looks.
pub(crate) struct Looks {
    cluster: Cluster,
    namespace: String,
    /// False if labels choose among objects.
    is_whole: bool,
    said: Pin<Box<dyn Stream<Item = Said> + Send>>,
    look: Look,
    /// The kinds whose list is not complete yet, and what there is of them so far.
    coming: Vec<(Kind, Vec<DynamicObject>)>,
}

impl K8sRuntime {
    pub(super) fn watching(&self, env: &EnvironmentId) -> BoxStream<'static, Result<Observed>> {
        let kinds: Vec<Kind> = kinds(&self.config).into_iter().chain([Kind::Namespace]).collect();
        let watch =
            Watch { runtime: self.clone(), looks: self.looks(env, &kinds, None), last: None, is_troubled: false };
        stream::unfold(watch, Watch::step).boxed()
    }

    /// The looks of some kinds as they come: the first one when each of them is known. Labels choose among objects,
    /// and not among what is said of them.
    pub(crate) fn looks(&self, env: &EnvironmentId, kinds: &[Kind], labels: Option<&str>) -> Looks {
        let of = |kind: &Kind| self.watch_kind(*kind, env, labels.filter(|_| *kind != Kind::Event));
        let streams: Vec<_> = kinds.iter().map(of).collect();
        Looks {
            cluster: self.cluster.clone(),
            namespace: naming::namespace(env),
            is_whole: labels.is_none(),
            said: Box::pin(stream::select_all(streams)),
            look: Look::empty(env.clone()),
            coming: kinds.iter().map(|kind| (*kind, Vec::new())).collect(),
        }
    }

    /// The objects of a kind: all of them first, then every change. It goes on by itself after a gap.
    fn watch_kind(&self, kind: Kind, env: &EnvironmentId, labels: Option<&str>) -> BoxStream<'static, Said> {
        let namespace = naming::namespace(env);
        let api = self.cluster.api(kind, &namespace);
        let mut config = watcher::Config::default();
        if let Some(labels) = labels {
            config = config.labels(labels);
        }
        if kind == Kind::Namespace {
            config = config.fields(&format!("metadata.name={namespace}"));
        }
        if kind.is_closed() {
            let said = watcher::watcher(self.cluster.metadata(kind, &namespace), config).default_backoff();
            return said.map(move |event| (kind, event.map(|event| map(event, of_metadata)))).boxed();
        }
        watcher::watcher(api, config).default_backoff().map(move |event| (kind, event)).boxed()
    }
}

fn map<T, U>(event: Event<T>, with: impl Fn(T) -> U) -> Event<U> {
    match event {
        Event::Apply(one) => Event::Apply(with(one)),
        Event::Delete(one) => Event::Delete(with(one)),
        Event::Init => Event::Init,
        Event::InitApply(one) => Event::InitApply(with(one)),
        Event::InitDone => Event::InitDone,
    }
}

impl Watch {
    async fn step(mut self) -> Option<(Result<Observed>, Self)> {
        loop {
            if std::mem::take(&mut self.is_troubled) {
                tokio::time::sleep(PAUSE).await;
            }
            let seen = match self.looks.next().await? {
                Ok(look) => Ok(self.runtime.explained(&look).await),
                Err(gap) => Err(gap),
            };
            match seen {
                Ok(seen) if self.last.as_ref() == Some(&seen) => self.is_troubled = !seen.findings.is_empty(),
                Ok(seen) => {
                    self.is_troubled = !seen.findings.is_empty();
                    self.last = Some(seen.clone());
                    return Some((Ok(seen), self));
                }
                Err(gap) => {
                    self.last = None;
                    return Some((Err(gap), self));
                }
            }
        }
    }
}

impl Looks {
    /// True if every kind is known.
    pub(crate) fn is_complete(&self) -> bool {
        self.coming.is_empty()
    }

    /// The next look. An error is a gap; it goes on.
    pub(crate) async fn next(&mut self) -> Option<Result<Look>> {
        loop {
            let (kind, said) = self.said.next().await?;
            let mut gap = self.take(kind, said);
            // What came together is one state.
            while let Some((kind, said)) = self.said_already().await {
                gap = gap.or(self.take(kind, said));
            }
            if let Some(gap) = gap {
                return Some(Err(gap));
            }
            if self.is_complete() {
                return Some(Ok(self.look.clone()));
            }
        }
    }

    /// What is there to be heard without waiting.
    async fn said_already(&mut self) -> Option<Said> {
        std::future::poll_fn(|cx| match self.said.as_mut().poll_next(cx) {
            Poll::Ready(said) => Poll::Ready(said),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    fn take(&mut self, kind: Kind, said: watcher::Result<Event<DynamicObject>>) -> Option<Error> {
        match said {
            Ok(Event::Apply(object)) => {
                self.cluster.known().put(kind, &self.namespace, &object);
                self.look.put(kind, object);
            }
            Ok(Event::Delete(object)) => {
                let name = object.metadata.name.as_deref().unwrap_or_default();
                self.cluster.known().forget(kind, &self.namespace, name);
                self.look.remove(kind, &object);
            }
            Ok(Event::Init) => self.begin(kind),
            Ok(Event::InitApply(object)) => {
                if let Some((_, so_far)) = self.coming.iter_mut().find(|(one, _)| *one == kind) {
                    so_far.push(object);
                }
            }
            Ok(Event::InitDone) => self.complete(kind),
            Err(error) => return Some(gap(kind, error)),
        }
        None
    }

    fn begin(&mut self, kind: Kind) {
        self.coming.retain(|(one, _)| *one != kind);
        self.coming.push((kind, Vec::new()));
    }

    /// What the list does not have is gone.
    fn complete(&mut self, kind: Kind) {
        let Some(at) = self.coming.iter().position(|(one, _)| *one == kind) else { return };
        let (_, listed) = self.coming.swap_remove(at);
        match kind {
            Kind::Pod if self.is_whole => self.cluster.known().put_all(kind, &self.namespace, &listed),
            // What was made since it was listed is not in it.
            _ => listed.iter().for_each(|one| self.cluster.known().put(kind, &self.namespace, one)),
        }
        self.look.objects.retain(|(one, _), _| *one != kind);
        for object in listed {
            self.look.put(kind, object);
        }
    }
}

fn gap(kind: Kind, error: watcher::Error) -> Error {
    let what = format!("watching {}s", kind.word());
    match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => unavailable(&what, error),
        watcher::Error::WatchError(status) => unavailable(&what, kube::Error::Api(status)),
        error @ watcher::Error::NoResourceVersion => {
            Error::unavailable(codes::BACKEND_UNAVAILABLE, format!("the cluster breaks off: {what}")).with_source(error)
        }
    }
}
