//! Ways from outside.

use std::sync::Arc;

use eve_core::desired::PublicRoute;
use eve_core::{Desired, HostName, Loss, LossGrade, Origin, Result, naming};

use super::trace::origin;
use crate::codes;
use crate::grammar::At;
use crate::language::Ingress;
use crate::model::Declared;
use crate::problem::{Note, Report};
use crate::tree::Span;

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
    let made = match host(declared, ingress, desired, domain) {
        Ok(host) => Some((host, ingress.span, false)),
        Err(error) => {
            report.add(Note::refused(ingress.span, &error));
            None
        }
    };
    let own = ingress.value.domains.iter().flat_map(|at| &at.value).map(|at| (at.value.clone(), at.span, true));
    for (host, span, is_own) in made.into_iter().chain(own) {
        if is_own
            && host.as_str().strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        {
            let text = format!("`{host}` is under the domain `{domain}`, in which hosts are made");
            report.add(Note::error(codes::CONFLICT, span, text).hint("use `alias` for a host there"));
            continue;
        }
        if let Some(other) = desired.routes.iter().find(|route| route.host == host) {
            let text = format!("`{}` and `{}` would have the host `{host}`", other.service, declared.name);
            report.add(Note::error(codes::NAME_COLLISION, span, text).hint("choose another one"));
            continue;
        }
        let mut route = PublicRoute::new(declared.name.clone(), host, port);
        route.timeout = ingress.value.timeout.as_ref().map(|at| at.value.0);
        route.max_body = ingress.value.max_body_size.as_ref().map(|at| at.value);
        add(route, (ingress, span), desired, file);
    }
}

/// Adds a route, with where everything about it stands, and what no way from outside honours.
fn add(route: PublicRoute, (ingress, span): (&At<Ingress>, Span), desired: &mut Desired, file: &Arc<str>) {
    let path = format!("routes.{}", desired.routes.len());
    let port = ingress.value.port.as_ref().map_or(Origin::Default, |at| origin(file, at.span));
    desired.origins.insert(format!("{path}.port"), port);
    let bounds = [
        ("timeout", ingress.value.timeout.as_ref().map(|at| at.span)),
        ("max_body", ingress.value.max_body_size.as_ref().map(|at| at.span)),
    ];
    for (key, span) in bounds.into_iter().filter_map(|(key, span)| Some((key, span?))) {
        let path = format!("{path}.{key}");
        desired.origins.insert(path.clone(), origin(file, span));
        desired.losses.push(Loss::new(path, LossGrade::Ignored, "nothing bounds requests from outside yet"));
    }
    desired.origins.insert(path, origin(file, span));
    desired.routes.push(route);
}

fn host(declared: &Declared, ingress: &At<Ingress>, desired: &Desired, domain: &HostName) -> Result<HostName> {
    let domain = ingress.value.domain.as_ref().map_or(domain, |at| &at.value);
    match &ingress.value.alias {
        Some(alias) => HostName::new(format!("{}.{domain}", alias.value)),
        None => naming::public_host(&declared.name, &desired.environment, domain),
    }
}
