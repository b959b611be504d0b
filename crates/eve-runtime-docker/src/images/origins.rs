//! The images that some work starts from.

use std::collections::BTreeMap;
use std::time::Duration;

use eve_core::{Artifact, AttemptSpec, Cancel, Error, OpCx, ProgressEvent, ProgressStatus, Result, codes};
use futures_util::stream::{self, StreamExt as _};

use super::layers::Layers;
use crate::api::Daemon;

/// How many images are fetched at once: each has several layers, which the engine fetches side by side.
const AT_ONCE: usize = 3;

/// How much longer the client waits for the engine's first answer than anybody waits for the image.
const MARGIN: Duration = Duration::from_secs(30);

/// The images that some work starts from, as the engine names them, and whether a registry may have what
/// the engine has not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Origins(BTreeMap<String, bool>);

impl Origins {
    /// Adds one.
    pub(crate) fn add(&mut self, reference: String, can_be_fetched: bool) {
        self.0.insert(reference, can_be_fetched);
    }

    /// What an attempt starts from; nothing if it names no image.
    pub(crate) fn of_attempt(spec: &AttemptSpec) -> Self {
        let mut origins = Self::default();
        match (&spec.artifact, &spec.image) {
            (Some(Artifact::LocalImage { id, .. }), _) => origins.add(id.to_string(), false),
            (Some(artifact @ Artifact::Image { .. }), _) => origins.add(artifact.to_string(), true),
            (None, Some(image)) => origins.add(image.to_string(), true),
            _ => {}
        }
        origins
    }

    /// The first of them.
    pub(crate) fn into_reference(self) -> Option<String> {
        self.0.into_keys().next()
    }

    /// Fetches what the engine has not.
    ///
    /// # Errors
    /// What cannot be had, all of it at once; `cancelled`, `deadline.exceeded`.
    pub(crate) async fn fetch(&self, daemon: &Daemon, cx: &OpCx) -> Result<()> {
        cx.admit()?;
        let all: Vec<_> = self.0.iter().map(|(reference, can)| get(daemon, reference, *can, cx)).collect();
        let got = stream::iter(all).buffered(AT_ONCE).filter_map(|got| async move { got.err() }).collect::<Vec<_>>();
        let what = self.0.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        // The engine gives a fetch up when nobody takes its answer any more.
        let failed = tokio::select! {
            failed = cx.deadline.limit(&*cx.env, &what, got) => failed?,
            () = cx.cancel.cancelled() => return Err(Cancel::error()),
        };
        Error::several(failed).map_or(Ok(()), Err)
    }
}

async fn get(daemon: &Daemon, reference: &str, can_be_fetched: bool, cx: &OpCx) -> Result<()> {
    if daemon.image(reference).await?.is_some() {
        return Ok(());
    }
    if !can_be_fetched {
        return Err(not_there(reference, can_be_fetched));
    }
    let say = |status, text: String, count: Option<(u64, u64)>| {
        cx.progress.say(|| {
            let event = ProgressEvent::new(reference, status, text);
            count.map_or(event.clone(), |(done, all)| event.with_count(done, all))
        });
    };
    say(ProgressStatus::Started, format!("fetching {reference}"), None);
    let mut layers = Layers::default();
    // The deadline counts, and not the client's own patience.
    let within = cx.deadline.remaining(&*cx.env).saturating_add(MARGIN);
    let fetched = daemon.pull(reference, within, |told| {
        if let Some((done, all, bytes)) = layers.note(told) {
            let text = format!("fetching {reference}: {done} of {all} layers, {} MB", bytes / 1_000_000);
            say(ProgressStatus::Running, text, Some((done, all)));
        }
    });
    let fetched = fetched.await;
    match &fetched {
        Ok(()) => say(ProgressStatus::Done, format!("fetched {reference}"), None),
        Err(error) => say(ProgressStatus::Failed, error.to_string(), None),
    }
    fetched
}

/// The error of an image that is needed and not there.
pub(crate) fn not_there(reference: &str, can_be_fetched: bool) -> Error {
    let text = format!("image {reference} is not on this engine");
    if can_be_fetched {
        return Error::not_found(codes::IMAGE_NOT_FOUND, text).with_hint("somebody removed it: deploy again");
    }
    Error::not_found(codes::ARTIFACT_NOT_FOUND, text).with_hint("build the release again")
}
