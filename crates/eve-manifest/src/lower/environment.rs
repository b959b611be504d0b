//! One environment.

use std::collections::{BTreeMap, BTreeSet};

use eve_core::desired::Dependency;
use eve_core::{
    Body, Desired, Environment, EnvironmentId, HostName, Lifetime, Origin, Purpose, SecretName, ServiceName,
};

use super::trace::origin;
use super::{Trace, external, job, managed, refused, route, service, volumes};
use crate::Target;
use crate::interpolation::Scope;
use crate::language::{self, Condition, EnvironmentKind, EnvironmentType, Service};
use crate::model::{Model, Place};
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
        .filter(|declared| !declared.service.is_made() || !place.runs(declared))
        .map(|declared| &declared.name)
        .collect();
    let mut trace = Trace::new(&file);
    let mut scope = Scope { own: own.clone(), callers: &target.variables, dialect: model.dialect() };
    for declared in place.services.iter().filter(|declared| !elsewhere.contains(&declared.name)) {
        scope.own.insert("COMPONENT_NAME", declared.name.to_string());
        let needs = dependencies(&declared.service, &elsewhere, &mut trace);
        let lost = refused::lower(declared, &mut trace);
        if declared.service.is_job() {
            if let Some(mut job) = job::lower(declared, model, &scope, &mut trace, report) {
                job.depends_on = needs;
                desired.jobs.insert(declared.name.clone(), job);
            }
        } else if let Some(mut service) = service::lower(declared, model, &scope, target, &mut trace, report) {
            service.depends_on = needs;
            if let Some(replicas) = place.worker(&declared.name).and_then(|worker| worker.replicas.as_ref()) {
                service.replicas = replicas.value;
                trace.value("replicas", Some(replicas.span));
            }
            desired.services.insert(declared.name.clone(), service);
            volumes::lower(declared, &mut desired, &file, report);
            route::lower(declared, &mut desired, &file, domain(model, target), report);
        }
        trace.finish(&declared.name, declared.key, &mut desired.origins);
        desired.losses.extend(lost);
    }
    for declared in place.services.iter().filter(|declared| declared.service.is_managed()) {
        managed::lower(declared, &mut desired, &file);
    }
    external::fill(&mut desired, &external::addresses(place, own, model, target, report));
    let mut environment = Environment::new(desired);
    environment.requires = required(place, model);
    if let Some(said) = &place.said {
        add(said, &mut environment);
    }
    environment
}

/// The domain under which hosts are made.
fn domain<'a>(model: &'a Model, target: &'a Target) -> &'a HostName {
    let ingress = model.root.x_eve.as_ref().and_then(|at| at.value.ingress.as_ref());
    ingress.and_then(|at| at.value.domain.as_ref()).map_or(&target.domain, |at| &at.value)
}

/// The secrets that have to be there whoever uses them: those of the manifest, and of its services.
fn required(place: &Place, model: &Model) -> BTreeSet<SecretName> {
    let of_services = place.services.iter().filter_map(|declared| declared.service.x_eve()?.requires.as_ref());
    let of_all = model.root.x_eve.iter().filter_map(|at| at.value.requires.as_ref());
    let secrets = of_all.chain(of_services).filter_map(|at| at.value.secrets.as_ref());
    secrets.flat_map(|at| &at.value).map(|at| at.value.clone()).collect()
}

fn add(said: &language::Environment, environment: &mut Environment) {
    if said.kind_of_life.as_ref().is_some_and(|at| at.value == EnvironmentType::Temporary) {
        environment.lifetime = Lifetime::Temporary;
    }
    if said.kind.as_ref().is_some_and(|at| at.value == EnvironmentKind::Preview) {
        environment.purpose = Purpose::Preview;
    }
    for named in said.labels.iter().flat_map(|at| &at.value.0) {
        environment.labels.extend(named.value.as_ref().map(|at| (named.text.value.clone(), at.value.clone())));
    }
    for named in said.pipeline_inputs.iter().flat_map(|at| &at.value.0) {
        let body = named.value.as_ref().and_then(|at| Body::of(&at.value.to_json()).ok());
        environment.inputs.extend(body.map(|body| (named.text.value.clone(), body)));
    }
    environment.needs_approval = said.approval.is_some();
    environment.branch = said.branch.as_ref().map(|at| at.value.clone());
    environment.auto_deploy = said.auto_deploy.as_ref().map(|at| at.value);
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
        trace.value(format!("depends_on.{name}"), Some(condition.map_or(named.text.span, |at| at.span)));
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
