//! One environment.

use std::collections::{BTreeMap, BTreeSet};

use eve_core::desired::Dependency;
use eve_core::{Desired, Environment, EnvironmentId, Loss, LossGrade, Origin, ServiceName};

use super::trace::origin;
use super::{Trace, job, route, service};
use crate::Target;
use crate::interpolation::Scope;
use crate::language::{Condition, Service};
use crate::model::{Declared, Model, Place};
use crate::problem::Report;

/// The environment, without its pipeline. Values that cannot be resolved are reported.
pub(super) fn lower(
    place: &Place,
    id: EnvironmentId,
    own: &BTreeMap<&'static str, String>,
    model: &Model,
    target: &Target,
    report: &mut Report,
) -> Environment {
    let mut desired = Desired::empty(id);
    let file = report.file().into();
    desired.origins.insert("environment", place.span.map_or(Origin::Default, |span| origin(&file, span)));
    let elsewhere: BTreeSet<&ServiceName> = place
        .services
        .iter()
        .filter(|declared| declared.service.is_external())
        .map(|declared| &declared.name)
        .collect();
    for declared in place.services.iter().filter(|declared| !elsewhere.contains(&declared.name)) {
        let mut own = own.clone();
        own.insert("COMPONENT_NAME", declared.name.to_string());
        let scope = Scope { own, callers: &target.variables, dialect: model.dialect() };
        let mut trace = Trace::new(&file, format!("services.{}", declared.name), &mut desired.origins);
        trace.whole(declared.key);
        let needs = dependencies(&declared.service, &elsewhere, &mut trace);
        if declared.service.is_job() {
            if let Some(mut job) = job::lower(declared, model, &scope, &mut trace, report) {
                job.depends_on = needs;
                desired.jobs.insert(declared.name.clone(), job);
            }
        } else if let Some(mut service) = service::lower(declared, model, &scope, target, &mut trace, report) {
            service.depends_on = needs;
            desired.services.insert(declared.name.clone(), service);
            desired.losses.extend(losses(declared));
            route::lower(declared, &mut desired, &file, target, report);
        }
    }
    Environment::new(desired)
}

fn dependencies(
    service: &Service,
    elsewhere: &BTreeSet<&ServiceName>,
    trace: &mut Trace<'_>,
) -> BTreeMap<ServiceName, Dependency> {
    let mut out = BTreeMap::new();
    trace.value("depends_on", service.depends_on.as_ref().map(|at| at.span));
    for named in service.depends_on.iter().flat_map(|at| &at.value.0.0) {
        let Some(name) = named.name.clone().filter(|name| !elsewhere.contains(name)) else { continue };
        let condition = named.value.as_ref().and_then(|at| at.value.condition.as_ref());
        trace.value(&format!("depends_on.{name}"), Some(condition.map_or(named.text.span, |at| at.span)));
        out.insert(
            name,
            match condition.map(|at| at.value) {
                None | Some(Condition::Started) => Dependency::Started,
                Some(Condition::Healthy) => Dependency::Healthy,
                Some(Condition::Completed) => Dependency::Completed,
            },
        );
    }
    out
}

/// What the target state has no word for.
fn losses(declared: &Declared) -> Option<Loss> {
    let storage = declared.service.x_eve()?.storage.as_ref()?;
    let size = storage.value.size.as_ref()?;
    let path = format!("services.{}.storage.size", declared.name);
    Some(Loss::new(path, LossGrade::Ignored, format!("nothing holds the folder to {}", size.value)))
}
