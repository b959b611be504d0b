//! What no backend can do yet, and must not be left out.

use eve_core::{Loss, LossGrade};

use super::Trace;
use crate::grammar::At;
use crate::language::{Egress, Service};
use crate::model::Declared;
use crate::tree::Span;

/// What a deploy of this service is refused for.
pub(super) fn lower(declared: &Declared, trace: &mut Trace<'_>) -> Vec<Loss> {
    asked(&declared.service)
        .map(|(key, span, why)| {
            let key = format!("x-eve.{key}");
            let path = format!("services.{}.{key}", declared.name);
            trace.value(key, Some(span));
            Loss::new(path, LossGrade::Refused, why)
        })
        .collect()
}

/// What a service asks for in vain: the key in its section, where it stands, and why.
pub(crate) fn asked(service: &Service) -> impl Iterator<Item = (&'static str, Span, &'static str)> {
    fn of<T>(at: Option<&At<T>>) -> Option<Span> {
        at.map(|at| at.span)
    }
    let is_job = service.is_job();
    let x = service.x_eve();
    let egress = x.and_then(|x| x.networking.as_ref()?.value.egress.as_ref()).filter(|at| at.value == Egress::Stable);
    let all = [
        ("networking.egress", of(egress), "no backend gives a service one address outside yet"),
        ("object_store", of(x.and_then(|x| x.object_store.as_ref())), "no backend has buckets yet"),
        (
            "tcp_ingress",
            of(x.and_then(|x| x.tcp_ingress.as_ref()).filter(|_| !is_job)),
            "no backend opens ports to the public yet, but for HTTP",
        ),
    ];
    all.into_iter().filter_map(|(key, span, why)| Some((key, span?, why)))
}
