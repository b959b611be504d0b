//! Services that run somewhere else.

use std::collections::BTreeMap;

use eve_core::{Desired, Part, ServiceName, Template};

use crate::Target;
use crate::interpolation::Scope;
use crate::model::{Model, Place};
use crate::problem::Report;

/// Where the external services of an environment are, those that say so. Secrets stay references.
pub(super) fn addresses(
    place: &Place,
    own: &BTreeMap<&'static str, String>,
    model: &Model,
    target: &Target,
    report: &mut Report,
) -> BTreeMap<ServiceName, Template> {
    let mut out = BTreeMap::new();
    for declared in place.services.iter().filter(|declared| declared.service.is_external()) {
        let Some(url) = declared.service.x_eve().and_then(|x| x.connection_url.as_ref()) else { continue };
        let mut own = own.clone();
        own.insert("COMPONENT_NAME", declared.name.to_string());
        let scope = Scope { own, callers: &target.variables, dialect: model.dialect() };
        out.extend(scope.template(&url.value, report).map(|url| (declared.name.clone(), url)));
    }
    out
}

/// Puts the addresses of external services where services and jobs speak of them: nobody else knows them.
pub(super) fn fill(desired: &mut Desired, addresses: &BTreeMap<ServiceName, Template>) {
    if addresses.is_empty() {
        return;
    }
    let services = desired.services.values_mut().map(|service| &mut service.process);
    let jobs = desired.jobs.values_mut().map(|job| &mut job.process);
    for template in services.chain(jobs).flat_map(|process| process.environment.values_mut()) {
        if template.services().any(|name| addresses.contains_key(name)) {
            *template = Template::from_parts(template.parts().iter().flat_map(|part| filled(part, addresses)));
        }
    }
}

fn filled(part: &Part, addresses: &BTreeMap<ServiceName, Template>) -> Vec<Part> {
    match part {
        Part::ServiceUrl(name) => addresses.get(name).map_or_else(|| vec![part.clone()], |url| url.parts().to_vec()),
        _ => vec![part.clone()],
    }
}
