//! What a route is, on the Service that it is made of.

use eve_core::{Error, InstanceRef, ObservedRoute, Result, RouteSpec, RouteTarget, codes};
use kube::api::DynamicObject;
use serde::{Deserialize, Serialize};

use crate::labels;

/// The annotation that says which route a Service is. On a Service of its own name the runtime writes it, with the ports.
pub(crate) const SPEC: &str = "eve.route";
/// The annotation that says where a route leads since its last switch.
pub(super) const LEADS: &str = "eve.route.leads";

/// A route as it is to be, and where it leads since its last switch. It is all that is known of the route: whoever comes
/// next reads here what the one before was about to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) route: RouteSpec,
    /// None for one that never led anywhere.
    pub(super) leads: Option<Leads>,
}

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Leads {
    to: Vec<RouteTarget>,
    /// Where it led before a switch that is not confirmed yet; none if the last one is, or nobody was led anywhere before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<Vec<RouteTarget>>,
}

impl Note {
    /// What is written on a Service; none if it is to be no route.
    pub(super) fn of(service: &DynamicObject) -> Option<Self> {
        let text = |key| labels::text(service.metadata.annotations.as_ref(), key);
        Some(Self {
            route: serde_json::from_str(text(SPEC)?).ok()?,
            leads: text(LEADS).and_then(|leads| serde_json::from_str(leads).ok()),
        })
    }

    /// Where it leads.
    pub(super) fn targets(&self) -> &[RouteTarget] {
        self.leads.as_ref().map_or(&[], |leads| &leads.to)
    }

    /// True if somebody was led elsewhere before the last switch, which nobody has confirmed yet.
    pub(super) fn is_open(&self) -> bool {
        self.leads.as_ref().is_some_and(|leads| leads.before.is_some())
    }

    /// The route, if it is one already: between services it is one as soon as it leads somewhere.
    pub(super) fn observed(self) -> Option<ObservedRoute> {
        let hash = self.route.hash().ok()?;
        let is_there = self.route.id.is_public() || self.leads.is_some();
        let is_open = self.is_open();
        let to = self.leads.unwrap_or_default().to;
        let observed = ObservedRoute::new(self.route.id, self.route.service, hash, to);
        is_there.then(|| if is_open { observed.unconfirmed() } else { observed })
    }

    /// Led elsewhere, which is not confirmed yet; none if it leads there already, that was, and it is not astray.
    pub(super) fn led(&self, to: &[RouteTarget], is_astray: bool) -> Option<Self> {
        if self.leads.is_some() && self.targets() == to && !self.is_open() && !is_astray {
            return None;
        }
        let was = self.leads.clone().unwrap_or_default();
        // Of several that were not confirmed, what counted is what was before the first one.
        let before = was.before.unwrap_or(was.to);
        let leads = Leads { to: to.to_vec(), before: (!before.is_empty()).then_some(before) };
        Some(Self { leads: Some(leads), ..self.clone() })
    }

    /// Confirmed; none if it leads elsewhere by now, or nothing is left to confirm.
    pub(super) fn confirmed(&self, to: &[RouteTarget]) -> Option<Self> {
        let leads = Leads { to: to.to_vec(), before: None };
        (self.targets() == to && self.is_open()).then(|| Self { leads: Some(leads), ..self.clone() })
    }

    /// Taken back; none if it leads elsewhere by now.
    pub(super) fn taken_back(&self, to: &[RouteTarget]) -> Option<Self> {
        let before = self.leads.as_ref().and_then(|leads| leads.before.clone());
        let leads = before.map(|to| Leads { to, before: None });
        (self.targets() == to).then(|| Self { leads, ..self.clone() })
    }

    /// Without an instance.
    pub(super) fn without(&self, instance: &InstanceRef) -> Self {
        let left = |all: Vec<RouteTarget>| all.into_iter().filter(|one| one.instance != *instance).collect();
        let was = self.leads.clone().unwrap_or_default();
        Self { leads: Some(Leads { to: left(was.to), before: was.before.map(left) }), ..self.clone() }
    }
}

/// A route, as it stands on its Service.
pub(crate) fn noted(route: &RouteSpec) -> Result<String> {
    stored(route)
}

pub(super) fn noted_leads(leads: &Leads) -> Result<String> {
    stored(leads)
}

fn stored(what: &impl Serialize) -> Result<String> {
    serde_json::to_string(what)
        .map_err(|error| Error::internal(codes::INTERNAL_ENCODE, "a route has no stored form").with_source(error))
}

#[cfg(test)]
mod tests {
    use eve_core::{Address, Incarnation, ObjectId, ObjectName, RouteId, ServiceName};

    use super::*;

    fn to(name: &str) -> Vec<RouteTarget> {
        let object = ObjectId::new("deployment", ObjectName::new(name).unwrap());
        let instance = InstanceRef::new(object, Incarnation::new(name));
        vec![RouteTarget { instance, address: Address::new("10.0.0.1", 80) }]
    }

    fn prepared() -> Note {
        let service = ServiceName::new("web").unwrap();
        Note { route: RouteSpec::new(RouteId::Internal { service: service.clone() }, service, 80), leads: None }
    }

    fn note(name: &str) -> Note {
        Note { leads: Some(Leads { to: to(name), before: None }), ..prepared() }
    }

    #[test]
    fn a_route_between_services_is_one_when_it_leads_somewhere() {
        assert_eq!(prepared().observed(), None);
        let led = prepared().led(&to("a"), false).unwrap();
        assert_eq!(led, note("a"), "nobody was led elsewhere: there is nothing to confirm");
        assert_eq!(led.led(&to("a"), false), None);
        assert_eq!(led.taken_back(&to("a")), Some(prepared()));
        assert!(led.led(&to("a"), true).is_some(), "somebody else led it elsewhere");
    }

    #[test]
    fn a_switch_is_one_when_it_is_confirmed() {
        let led = note("a").led(&to("b"), false).unwrap();
        assert!(!led.clone().observed().unwrap().confirmed);
        assert_eq!(led.led(&to("b"), false), Some(led.clone()), "it is to be confirmed still");
        let confirmed = led.confirmed(&to("b")).unwrap();
        assert!(confirmed.clone().observed().unwrap().confirmed);
        assert_eq!(confirmed.led(&to("b"), false), None);
        assert_eq!(confirmed.confirmed(&to("b")), None);
    }

    #[test]
    fn what_is_taken_back_is_what_was_confirmed_last() {
        let led = note("a").led(&to("b"), false).unwrap().led(&to("c"), false).unwrap();
        assert_eq!(led.taken_back(&to("c")), Some(note("a")));
        assert_eq!(led.taken_back(&to("b")), None, "somebody led it elsewhere meanwhile");
    }
}
