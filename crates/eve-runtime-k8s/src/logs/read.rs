//! Reading what the pods of a subject wrote.

use std::sync::Arc;

use eve_core::{LogItem, LogOptions, LogSubject, Result, naming};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use k8s_openapi::api::core::v1::Pod;
use kube::api::DynamicObject;

use super::follow;
use super::log_reader::{LogReader, Run};
use crate::api::{Cluster, Kind};
use crate::config::K8sConfig;
use crate::labels;
use crate::runtime::{Look, observe, pods};

/// Whose pods are read, and where.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) cluster: Cluster,
    pub(super) config: Arc<K8sConfig>,
    pub(super) who: LogSubject,
    pub(super) how: LogOptions,
}

/// The logs of a subject, the oldest pod first.
pub(crate) fn read(
    cluster: Cluster,
    config: Arc<K8sConfig>,
    who: LogSubject,
    how: LogOptions,
) -> BoxStream<'static, Result<LogItem>> {
    let reading = Reading { cluster, config, who, how };
    if reading.how.follow {
        return follow::follow(reading);
    }
    stream::once(async move {
        let pods = match reading.cluster.list(Kind::Pod, &reading.namespace()).await {
            Ok(pods) => pods,
            Err(error) => return stream::once(async { Err(error) }).boxed(),
        };
        let runs = reading.runs(pods.iter());
        stream::iter(runs).flat_map(move |run| reading.of_run(run)).boxed()
    })
    .flatten()
    .boxed()
}

impl Reading {
    pub(super) fn namespace(&self) -> String {
        naming::namespace(self.who.environment())
    }

    /// True if a pod's lines are wanted.
    pub(super) fn wants(&self, pod: &DynamicObject) -> bool {
        let label = |key| labels::text(pod.metadata.labels.as_ref(), key);
        let is_ours = label(labels::OWNER) == Some(self.config.owner.as_str());
        is_ours
            && match &self.who {
                LogSubject::Service(_, service) => label(labels::SERVICE) == Some(&naming::label(service.as_str())),
                LogSubject::Instance(_, one) => label(labels::OBJECT) == Some(one.object.name.as_str()),
                _ => false,
            }
    }

    /// True if a workload is what the lines are asked for, and may still write some.
    pub(super) fn may_write(&self, look: &Look, kind: Kind, workload: &DynamicObject) -> bool {
        let Some(object) = observe::as_object(&self.config, look, kind, workload) else { return false };
        let is_wanted = match &self.who {
            LogSubject::Service(_, service) => object.service.as_ref() == Some(service),
            LogSubject::Instance(_, one) => object.instance() == *one,
            _ => false,
        };
        is_wanted && !matches!(object.state, eve_core::ObjectState::Ended { .. })
    }

    /// The runs of the wanted pods, the oldest first.
    pub(super) fn runs<'a>(&self, pods: impl Iterator<Item = &'a DynamicObject>) -> Vec<Run> {
        let wanted = pods.filter(|pod| self.wants(pod));
        let mut pods: Vec<Pod> = wanted.filter_map(|pod| pod.clone().try_parse().ok()).collect();
        pods.sort_by(|a, b| {
            let key = |pod: &Pod| (pod.metadata.creation_timestamp.clone(), pod.metadata.name.clone());
            key(a).cmp(&key(b))
        });
        pods.iter().flat_map(runs_of).collect()
    }

    pub(super) fn of_run(&self, run: Run) -> BoxStream<'static, Result<LogItem>> {
        LogReader::new(self.cluster.clone(), self.namespace(), run, self.config.log_lines, &self.how).stream()
    }
}

/// The runs of a pod's container that something is known of. One that was never started wrote nothing.
fn runs_of(pod: &Pod) -> Vec<Run> {
    let Some(container) = pods::container(pod) else { return Vec::new() };
    let is_started = container.state.as_ref().is_some_and(|state| state.waiting.is_none());
    // While it waits to be started again, the count is that of the run that ended last.
    let has_run = container.last_state.as_ref().is_some_and(|last| last.terminated.is_some());
    if !is_started && !has_run {
        return Vec::new();
    }
    let newest = container.restart_count;
    let (name, uid) = (pod.metadata.name.clone().unwrap_or_default(), pod.metadata.uid.clone().unwrap_or_default());
    // Of what was before those two, that it is missing is told once.
    let oldest = (container.restart_count - 2).max(0);
    (oldest..=newest).map(|number| Run { pod: name.clone(), uid: uid.clone(), number }).collect()
}
