//! Which pod a command runs in.

use eve_core::{Error, ExecSpec, Result, codes, naming};
use k8s_openapi::api::core::v1::Pod;
use kube::api::DynamicObject;

use crate::api::Kind;
use crate::labels::{self, Mark};
use crate::runtime::{K8sRuntime, pods};

impl K8sRuntime {
    /// The pod that a command is meant for: one that is ready, else one that runs; of several the newest.
    ///
    /// # Errors
    /// `instance.unknown`, `access.denied`, `backend.unavailable`.
    pub(super) async fn place(&self, what: &ExecSpec) -> Result<Pod> {
        let namespace = naming::namespace(&what.environment);
        if let Some(instance) = &what.instance {
            let (kind, name) = (Kind::of_word(&instance.object.kind), instance.object.name.as_str());
            let kind = kind.filter(|kind| kind.is_workload()).ok_or_else(|| unknown(what))?;
            let found = self.cluster.find(kind, &namespace, name).await?;
            found.filter(|found| self.is_meant(what, found)).ok_or_else(|| unknown(what))?;
        }
        let service = naming::label(what.service.as_str());
        let own = format!("{}={},{}={service}", labels::OWNER, self.config.owner, labels::SERVICE);
        let listed = self.cluster.labelled(Kind::Pod, &namespace, &own).await?;
        let of_instance = |pod: &DynamicObject| {
            let object = labels::text(pod.metadata.labels.as_ref(), labels::OBJECT);
            what.instance.as_ref().is_none_or(|instance| object == Some(instance.object.name.as_str()))
        };
        let pods = listed.into_iter().filter(of_instance).filter_map(|pod| pod.try_parse::<Pod>().ok());
        let best = pods.filter(runs).max_by_key(|pod| (pods::is_ready(pod), pod.metadata.creation_timestamp.clone()));
        best.ok_or_else(|| unknown(what))
    }

    /// True for the very incarnation that is named, if it is Eve's.
    fn is_meant(&self, what: &ExecSpec, found: &DynamicObject) -> bool {
        let is_ours = Mark::read(&self.config.owner, &what.environment, &found.metadata).is_some();
        let named = what.instance.as_ref().map(|instance| instance.incarnation.as_str());
        is_ours && found.metadata.uid.as_deref() == named
    }
}

fn runs(pod: &Pod) -> bool {
    let state = pods::container(pod).and_then(|container| container.state.as_ref());
    !pods::is_ending(pod) && state.is_some_and(|state| state.running.is_some())
}

pub(super) fn unknown(what: &ExecSpec) -> Error {
    let text = match &what.instance {
        Some(instance) => format!("{} of {} does not run in {}", instance.object, what.service, what.environment),
        None => format!("no instance of {} runs in {}", what.service, what.environment),
    };
    Error::not_found(codes::INSTANCE_UNKNOWN, text)
}
