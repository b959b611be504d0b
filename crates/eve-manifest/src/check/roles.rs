//! What each role may say.

use crate::codes;
use crate::grammar::Mapping;
use crate::language::{Service, XEve};
use crate::model::Declared;
use crate::problem::{Note, Report};
use crate::tree::Span;

pub(super) fn check(declared: &Declared, report: &mut Report) {
    let service = &declared.service;
    let name = &declared.name;
    if service.x_eve().is_some_and(is_unclear) {
        // What it may say depends on what it is.
        return;
    }
    if service.is_managed() {
        unused(declared, &["role", "managed"], "the platform keeps it", report);
        return;
    }
    if service.is_external() {
        let text = format!("`{name}` is external: it is not deployed, and what depends on it does not wait for it");
        report.add(Note::warning(codes::NOT_USED, declared.key, text));
        unused(declared, &["role", "external", "connection_url", "requires"], "it runs somewhere else", report);
        return;
    }
    if let Some(managed) = service.x_eve().and_then(|x| x.managed.as_ref()) {
        let note = Note::error(codes::CONFLICT, managed.span, format!("`{name}` is not a managed database"));
        report.add(note.hint("add `role: managed_db` beside it, or remove it"));
    }
    if let Some(url) = service.x_eve().and_then(|x| x.connection_url.as_ref()) {
        let text =
            format!("`connection_url` is not used: `{name}` is not external, and has the address that it gets here");
        report.add(Note::warning(codes::NOT_USED, url.span, text));
    }
    if !service.means("image") && !service.means("build") {
        let text = format!("`{name}` says neither `image` nor `build`");
        report.add(Note::error(codes::MISSING_KEY, declared.key, text).hint("add one of them"));
    }
    if service.is_job() {
        only_for_services(declared, report);
        refuse_secrets(declared, report);
    } else {
        only_for_jobs(declared, report);
    }
}

/// True where it is said what a service is, and cannot be read.
fn is_unclear(x: &XEve) -> bool {
    x.says("role") && x.role.is_none() || x.says("external") && x.external.is_none()
}

/// Names in one warning what means nothing for a service that Eve does not make. Of `x-eve`, some keys do.
fn unused(declared: &Declared, used: &[&str], why: &str, report: &mut Report) {
    let service = &declared.service;
    let of_service = Service::TABLE.fields.iter().map(|field| field.key);
    let of_service = of_service.filter(|key| *key != "x-eve" && service.says(key)).map(|key| format!("`{key}`"));
    let of_x_eve = XEve::TABLE.fields.iter().map(|field| field.key);
    let of_x_eve = of_x_eve.filter(|key| !used.contains(key) && service.x_eve().is_some_and(|x| x.says(key)));
    let unused: Vec<_> = of_service.chain(of_x_eve.map(|key| format!("`x-eve.{key}`"))).collect();
    if !unused.is_empty() {
        let text = format!("{} of `{}` is not used: {why}", unused.join(", "), declared.name);
        report.add(Note::warning(codes::NOT_USED, declared.key, text));
    }
}

/// Keys that mean nothing for a job.
fn only_for_services(declared: &Declared, report: &mut Report) {
    let service = &declared.service;
    let never = |at: &&crate::grammar::At<crate::language::Restart>| at.value.0 != eve_core::desired::Restart::Never;
    let x = service.x_eve();
    let spans: [(&str, Option<Span>); 11] = [
        ("ports", service.ports.as_ref().map(|at| at.span)),
        ("healthcheck", service.healthcheck.as_ref().map(|at| at.span)),
        ("replicas", service.replicas().map(|at| at.span)),
        ("restart", service.restart.as_ref().filter(never).map(|at| at.span)),
        ("stop_grace_period", service.stop_grace_period.as_ref().map(|at| at.span)),
        ("volumes", service.volumes.as_ref().map(|at| at.span)),
        ("x-eve.ingress", x.and_then(|x| x.ingress.as_ref()).map(|at| at.span)),
        ("x-eve.health", x.and_then(|x| x.health.as_ref()).map(|at| at.span)),
        ("x-eve.rollout", x.and_then(|x| x.rollout.as_ref()).map(|at| at.span)),
        ("x-eve.storage", x.and_then(|x| x.storage.as_ref()).map(|at| at.span)),
        ("x-eve.tcp_ingress", x.and_then(|x| x.tcp_ingress.as_ref()).map(|at| at.span)),
    ];
    for (key, span) in spans {
        if let Some(span) = span {
            let text = format!("`{key}` is not used for a job");
            report.add(Note::warning(codes::NOT_USED, span, text));
        }
    }
}

/// A job without its secrets would do something else, so they are not left out.
fn refuse_secrets(declared: &Declared, report: &mut Report) {
    if let Some(secrets) = &declared.service.secrets {
        let note = Note::error(codes::UNSUPPORTED, secrets.span, "a job cannot find secrets as files yet");
        report.add(note.hint("use ${secret.KEY} under `environment`"));
    }
}

/// Keys that mean nothing for what runs all the time.
fn only_for_jobs(declared: &Declared, report: &mut Report) {
    let Some(x) = declared.service.x_eve() else { return };
    let spans = [("timeout", x.timeout.as_ref().map(|at| at.span)), ("retries", x.retries.as_ref().map(|at| at.span))];
    for (key, span) in spans {
        if let Some(span) = span {
            let text = format!("`x-eve.{key}` is only used for a job");
            report.add(Note::warning(codes::NOT_USED, span, text));
        }
    }
}
