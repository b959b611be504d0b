//! Finding attempts in the cluster.

use eve_core::{AttemptId, EnvironmentId, Error, Exit, Result, Started, codes, naming};
use futures_util::future;
use k8s_openapi::api::core::v1::Pod;
use kube::api::DynamicObject;

use super::K8sRunner;
use super::attempt::{Attempt, exit, label, selector};
use crate::api::Kind;
use crate::runtime::{Look, observe, pods};

/// An attempt, as it was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) attempt: Attempt,
    pub(super) pod: Option<Pod>,
    /// True for a Job that is over.
    pub(super) is_over: bool,
    /// True for a Job that is about to be gone.
    pub(super) is_ending: bool,
}

impl Found {
    /// What it means that an attempt is there already; none if it was never let go.
    pub(super) fn started(&self) -> Option<Started> {
        if self.is_ending || !self.attempt.begun {
            return None;
        }
        Some(self.exit().map_or(Started::Adopted, Started::Ended))
    }

    /// How it ended; none while it has not. Where no program tells, its Job has to be over.
    pub(super) fn exit(&self) -> Option<Exit> {
        let own = self.pod.as_ref().and_then(exit).filter(|exit| *exit != Exit::Lost);
        let is_there = self.pod.as_ref().is_some_and(|pod| !pods::has_ended(pod));
        own.or((self.is_over && !is_there).then_some(Exit::Lost))
    }

    /// True if its program was started, or has no chance to be any more.
    pub(super) fn has_run(&self) -> bool {
        let state = self.pod.as_ref().and_then(pods::container).and_then(|container| container.state.as_ref());
        state.is_some_and(|state| state.running.is_some() || state.terminated.is_some())
            || self.is_over
            || self.pod.as_ref().is_some_and(pods::has_ended)
    }
}

impl K8sRunner {
    /// The attempt of an id; none if it is not there.
    ///
    /// # Errors
    /// `access.denied`, `backend.unavailable`.
    pub(super) async fn find(&self, id: &AttemptId) -> Result<Option<Found>> {
        match self.environment_of(id).await? {
            Some(environment) => self.find_in(&environment, id).await,
            None => Ok(None),
        }
    }

    /// # Errors
    /// `attempt.unknown` and those of [`find`](Self::find).
    pub(super) async fn known(&self, id: &AttemptId) -> Result<Found> {
        self.find(id).await?.ok_or_else(|| unknown(id))
    }

    /// The attempt of an id in its environment; none if it is not there.
    ///
    /// # Errors
    /// `access.denied`, `backend.unavailable`.
    pub(super) async fn find_in(&self, environment: &EnvironmentId, id: &AttemptId) -> Result<Option<Found>> {
        let (namespace, name, own) = (naming::namespace(environment), label(id), selector(&self.config.owner, id));
        let job = self.cluster.read(Kind::Job, &namespace, &name);
        let (job, pods) = future::try_join(job, self.cluster.labelled(Kind::Pod, &namespace, &own)).await?;
        Ok(job.and_then(|job| self.found(&job, &pods, id)))
    }

    /// Where an attempt is. One that nobody here met is looked for in the whole cluster, once.
    pub(super) async fn environment_of(&self, id: &AttemptId) -> Result<Option<EnvironmentId>> {
        if let Some(environment) = self.whereabouts.of(id) {
            return Ok(Some(environment));
        }
        let jobs = self.cluster.labelled(Kind::Job, "", &selector(&self.config.owner, id)).await?;
        let attempts = jobs.iter().filter_map(|job| Attempt::of(&self.config.owner, job));
        let environment = attempts.into_iter().find(|one| one.id == *id).map(|one| one.environment);
        if let Some(environment) = &environment {
            self.whereabouts.note(id, environment);
        }
        Ok(environment)
    }

    /// The attempt of an id among what was looked at.
    pub(super) fn in_look(&self, look: &Look, id: &AttemptId) -> Option<Found> {
        let job = look.one(Kind::Job, &label(id))?;
        self.found(job, look.of(Kind::Pod), id)
    }

    fn found<'a>(
        &self,
        job: &DynamicObject,
        pods: impl IntoIterator<Item = &'a DynamicObject>,
        id: &AttemptId,
    ) -> Option<Found> {
        let attempt = Attempt::of(&self.config.owner, job).filter(|attempt| attempt.id == *id)?;
        let is_own = |pod: &&DynamicObject| {
            let owners = pod.metadata.owner_references.iter().flatten();
            owners.into_iter().any(|owner| owner.uid == attempt.uid)
        };
        Some(Found {
            pod: pods.into_iter().find(is_own).and_then(|pod| pod.clone().try_parse().ok()),
            is_over: observe::is_over(job),
            is_ending: job.metadata.deletion_timestamp.is_some(),
            attempt,
        })
    }
}

pub(super) fn unknown(id: &AttemptId) -> Error {
    Error::not_found(codes::ATTEMPT_UNKNOWN, format!("attempt {id} is not held here"))
}
