//! Ways from outside.

use std::sync::Arc;

use eve_core::desired::PublicRoute;
use eve_core::{Desired, HostName, Origin, Result, naming};

use super::trace::origin;
use crate::grammar::At;
use crate::language::Ingress;
use crate::model::Declared;
use crate::problem::{Note, Report};

/// Adds the routes of a service, if it is public.
pub(super) fn lower(
    declared: &Declared,
    desired: &mut Desired,
    file: &Arc<str>,
    domain: &HostName,
    report: &mut Report,
) {
    let Some(ingress) = declared.service.x_eve().and_then(|x| x.ingress.as_ref()) else { return };
    let is_public = ingress.value.public.as_ref().is_none_or(|at| at.value);
    let first = declared.service.ports().first().map(|port| port.value.0.number);
    let Some(port) = ingress.value.port.as_ref().map(|at| at.value).or(first).filter(|_| is_public) else { return };
    let host = match host(declared, ingress, desired, domain) {
        Ok(host) => host,
        Err(error) => return report.add(Note::refused(ingress.span, &error)),
    };
    let path = format!("routes.{}", desired.routes.len());
    let port_origin = ingress.value.port.as_ref().map_or(Origin::Default, |at| origin(file, at.span));
    desired.origins.insert(format!("{path}.port"), port_origin);
    desired.origins.insert(path, origin(file, ingress.span));
    desired.routes.push(PublicRoute::new(declared.name.clone(), host, port));
}

fn host(declared: &Declared, ingress: &At<Ingress>, desired: &Desired, domain: &HostName) -> Result<HostName> {
    let domain = ingress.value.domain.as_ref().map_or(domain, |at| &at.value);
    match &ingress.value.alias {
        Some(alias) => HostName::new(format!("{}.{domain}", alias.value)),
        None => naming::public_host(&declared.name, &desired.environment, domain),
    }
}
