//! A container of a pod: what is asked of it, and how it is.

use eve_core::{Place, Timestamp};
use k8s_openapi::api::core::v1::{
    Container as ContainerSpec, ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting,
    ContainerStatus, Pod,
};

use super::instant::instant;
use super::scene::place;

/// What a container is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It has to end well before those after it start.
    Init,
    /// It starts before the others and goes on beside them.
    Sidecar,
    /// It is what the pod is for.
    Main,
    /// Somebody added it to look at the pod.
    Ephemeral,
}

/// A container of a pod.
#[derive(Debug, Clone, Copy)]
pub(super) struct Container<'a> {
    pub(super) pod: &'a Pod,
    pub(super) role: Role,
    pub(super) status: &'a ContainerStatus,
    /// None for what somebody added, whose form is another one.
    pub(super) spec: Option<&'a ContainerSpec>,
}

impl<'a> Container<'a> {
    /// All containers of a pod that have a status, in the order of their start.
    pub(super) fn all(pod: &'a Pod) -> Vec<Self> {
        let Some(status) = &pod.status else { return Vec::new() };
        let spec = pod.spec.as_ref();
        let named = |specs: Option<&'a Vec<ContainerSpec>>, name: &str| {
            specs.into_iter().flatten().find(|container| container.name == name)
        };
        let init = status.init_container_statuses.iter().flatten().map(|status| {
            let spec = named(spec.and_then(|spec| spec.init_containers.as_ref()), &status.name);
            let sidecar = spec.is_some_and(|spec| spec.restart_policy.as_deref() == Some("Always"));
            Self { pod, role: if sidecar { Role::Sidecar } else { Role::Init }, status, spec }
        });
        let main = status.container_statuses.iter().flatten().map(|status| {
            let spec = named(spec.map(|spec| &spec.containers), &status.name);
            Self { pod, role: Role::Main, status, spec }
        });
        let ephemeral = status.ephemeral_container_statuses.iter().flatten();
        let ephemeral = ephemeral.map(|status| Self { pod, role: Role::Ephemeral, status, spec: None });
        init.chain(main).chain(ephemeral).collect()
    }

    pub(super) fn name(&self) -> &'a str {
        &self.status.name
    }

    pub(super) fn place(&self) -> Place {
        place(self.pod).with_container(self.name())
    }

    /// How it is called in a sentence.
    pub(super) fn title(&self) -> String {
        let role = match self.role {
            Role::Init => "init container",
            Role::Sidecar => "sidecar",
            Role::Main => "container",
            Role::Ephemeral => "debug container",
        };
        format!("{role} {} of pod {}", self.name(), self.pod.metadata.name.as_deref().unwrap_or_default())
    }

    /// The path of its status in the pod.
    pub(super) fn path(&self, field: &str) -> String {
        let list = match self.role {
            Role::Init | Role::Sidecar => "initContainerStatuses",
            Role::Main => "containerStatuses",
            Role::Ephemeral => "ephemeralContainerStatuses",
        };
        format!("status.{list}[{}].{field}", self.name())
    }

    pub(super) fn waiting(&self) -> Option<&'a ContainerStateWaiting> {
        self.status.state.as_ref()?.waiting.as_ref()
    }

    pub(super) fn running(&self) -> Option<&'a ContainerStateRunning> {
        self.status.state.as_ref()?.running.as_ref()
    }

    /// How its last life ended, the present state's word first.
    pub(super) fn ended(&self) -> Option<&'a ContainerStateTerminated> {
        let terminated = |state: Option<&'a ContainerState>| state?.terminated.as_ref();
        terminated(self.status.state.as_ref()).or_else(|| terminated(self.status.last_state.as_ref()))
    }

    /// Its own limit of a resource.
    pub(super) fn limit(&self, resource: &str) -> Option<&'a str> {
        let limits = self.spec?.resources.as_ref()?.limits.as_ref()?;
        limits.get(resource).map(|limit| limit.0.as_str())
    }

    pub(super) fn restarts(&self) -> u32 {
        u32::try_from(self.status.restart_count).unwrap_or_default()
    }

    /// When the pod was sent to its node, or made.
    pub(super) fn pod_start(&self) -> Timestamp {
        let started = self.pod.status.as_ref().and_then(|status| status.start_time.as_ref());
        instant(started.or(self.pod.metadata.creation_timestamp.as_ref()))
    }

    /// True if a restart follows every end of it.
    pub(super) fn restarts_always(&self) -> bool {
        match self.role {
            Role::Sidecar => true,
            Role::Init | Role::Ephemeral => false,
            Role::Main => self.policy() == "Always",
        }
    }

    /// True if no restart follows any end of it.
    pub(super) fn restarts_never(&self) -> bool {
        self.role == Role::Ephemeral || (self.role != Role::Sidecar && self.policy() == "Never")
    }

    fn policy(&self) -> &'a str {
        let own = self.spec.and_then(|spec| spec.restart_policy.as_deref());
        let of_pod = self.pod.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
        own.or(of_pod).unwrap_or("Always")
    }
}
