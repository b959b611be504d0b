//! What a route is, on the Service that it is made of.

use eve_core::{Digest, InstanceRef, ObservedRoute, RouteId, RouteTarget, ServiceName};
use kube::api::DynamicObject;
use serde::{Deserialize, Serialize};

use crate::labels;

/// The annotation that says which route a Service is, and where it leads.
pub(crate) const ROUTE: &str = "eve.route";

/// A route as it was prepared, and where it leads since its last switch. It is all that is known of the route: whoever
/// comes next reads here what the one before was about to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) id: RouteId,
    pub(super) service: ServiceName,
    pub(super) hash: Digest,
    pub(super) port: u16,
    pub(super) confirm_path: String,
    #[serde(default)]
    pub(super) targets: Vec<RouteTarget>,
    /// Where it led before a switch that is not confirmed yet; none if the last one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<Vec<RouteTarget>>,
}

impl Note {
    /// What is written on a Service; none if it is no route.
    pub(super) fn of(service: &DynamicObject) -> Option<Self> {
        serde_json::from_str(labels::text(service.metadata.annotations.as_ref(), ROUTE)?).ok()
    }

    pub(super) fn observed(self) -> ObservedRoute {
        let observed = ObservedRoute::new(self.id, self.service, self.hash, self.targets);
        if self.before.is_some() { observed.unconfirmed() } else { observed }
    }

    /// Led elsewhere, which is not confirmed yet; none if it leads there already and that was.
    pub(super) fn led(&self, to: &[RouteTarget]) -> Option<Self> {
        if self.targets == to && self.before.is_none() {
            return None;
        }
        // Of several that were not confirmed, what counted is what was before the first one.
        let before = self.before.clone().unwrap_or_else(|| self.targets.clone());
        Some(Self { targets: to.to_vec(), before: Some(before), ..self.clone() })
    }

    /// Confirmed; none if it leads elsewhere by now.
    pub(super) fn confirmed(&self, to: &[RouteTarget]) -> Option<Self> {
        (self.targets == to).then(|| Self { before: None, ..self.clone() })
    }

    /// Taken back; none if it leads elsewhere by now, or there is nothing to take back.
    pub(super) fn taken_back(&self, to: &[RouteTarget]) -> Option<Self> {
        let before = self.before.clone().filter(|_| self.targets == to)?;
        Some(Self { targets: before, before: None, ..self.clone() })
    }

    /// Without an instance.
    pub(super) fn without(&self, instance: &InstanceRef) -> Self {
        let left = |all: &Vec<RouteTarget>| all.iter().filter(|one| one.instance != *instance).cloned().collect();
        Self { targets: left(&self.targets), before: self.before.as_ref().map(left), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use eve_core::{Address, Incarnation, ObjectId, ObjectName};

    use super::*;

    fn to(name: &str) -> Vec<RouteTarget> {
        let object = ObjectId::new("deployment", ObjectName::new(name).unwrap());
        let instance = InstanceRef::new(object, Incarnation::new(name));
        vec![RouteTarget { instance, address: Address::new("10.0.0.1", 80) }]
    }

    fn note(name: &str) -> Note {
        let service = ServiceName::new("web").unwrap();
        Note {
            id: RouteId::Internal { service: service.clone() },
            service,
            hash: Digest::of("spec"),
            port: 80,
            confirm_path: "/".to_owned(),
            targets: to(name),
            before: None,
        }
    }

    #[test]
    fn a_switch_is_one_when_it_is_confirmed() {
        let led = note("a").led(&to("b")).unwrap();
        assert!(!led.clone().observed().confirmed);
        assert_eq!(led.led(&to("b")), Some(led.clone()), "it is to be confirmed still");
        let confirmed = led.confirmed(&to("b")).unwrap();
        assert!(confirmed.clone().observed().confirmed);
        assert_eq!(confirmed.led(&to("b")), None);
    }

    #[test]
    fn what_is_taken_back_is_what_was_confirmed_last() {
        let led = note("a").led(&to("b")).unwrap().led(&to("c")).unwrap();
        assert_eq!(led.taken_back(&to("c")), Some(note("a")));
        assert_eq!(led.taken_back(&to("b")), None, "somebody led it elsewhere meanwhile");
        assert_eq!(note("a").taken_back(&to("a")), None);
    }

    #[test]
    fn what_a_version_before_this_one_wrote_was_confirmed() {
        let mut text = serde_json::to_value(note("a")).unwrap();
        assert!(text.as_object_mut().unwrap().remove("before").is_none());
        let read: Note = serde_json::from_value(text).unwrap();
        assert!(read.observed().confirmed);
    }
}
