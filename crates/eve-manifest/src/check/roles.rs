//! What each role may say.

use crate::codes;
use crate::grammar::Mapping;
use crate::language::{Role, Service};
use crate::model::Declared;
use crate::problem::{Note, Report};
use crate::tree::Span;

pub(super) fn check(declared: &Declared, report: &mut Report) {
    let service = &declared.service;
    let name = &declared.name;
    if service.role() == Role::ManagedDb {
        let span = service.x_eve().and_then(|x| x.role.as_ref()).map_or(declared.key, |at| at.span);
        let note = Note::error(codes::UNSUPPORTED, span, "managed databases are not built yet");
        report.add(note.hint("run the database as a service with `x-eve.storage`, or make it `external`"));
        return;
    }
    if service.is_external() {
        let text = format!("`{name}` is external: it is not deployed, and what depends on it does not wait for it");
        report.add(Note::warning(codes::NOT_USED, declared.key, text));
        let unused =
            Service::TABLE.fields.iter().map(|field| field.key).filter(|key| *key != "x-eve" && service.says(key));
        let unused: Vec<_> = unused.map(|key| format!("`{key}`")).collect();
        if !unused.is_empty() {
            let text = format!("{} of `{name}` is not used: it runs somewhere else", unused.join(", "));
            report.add(Note::warning(codes::NOT_USED, declared.key, text));
        }
        return;
    }
    if !service.says("image") && !service.says("build") {
        let text = format!("`{name}` says neither `image` nor `build`");
        report.add(Note::error(codes::MISSING_KEY, declared.key, text).hint("add one of them"));
    }
    if let (Some(image), true) = (&service.image, service.says("build")) {
        let text = "`image` is not used yet where `build` stands beside it";
        report.add(Note::warning(codes::NOT_USED, image.span, text));
    }
    if service.is_job() {
        only_for_services(declared, report);
        refuse_secrets(declared, report);
    } else {
        only_for_jobs(declared, report);
    }
}

/// Keys that mean nothing for a job.
fn only_for_services(declared: &Declared, report: &mut Report) {
    let service = &declared.service;
    let never = |at: &&crate::grammar::At<crate::language::Restart>| at.value.0 != eve_core::desired::Restart::Never;
    let x = service.x_eve();
    let spans: [(&str, Option<Span>); 10] = [
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
