//! Health checks.

use std::time::Duration;

use eve_core::desired::{HealthCheck, Probe};

use super::Trace;
use crate::grammar::{At, Dialect, Period};
use crate::interpolation::Scope;
use crate::language::Service;
use crate::problem::Report;
use crate::tree::Span;

/// The settings that both spellings share.
struct Settings<'a> {
    interval: Option<&'a At<Period>>,
    timeout: Option<&'a At<Period>>,
    retries: Option<&'a At<u32>>,
    start_period: Option<&'a At<Period>>,
}

/// How long Compose waits between two tries and for one of them, unless the file says otherwise.
const COMPOSE: Duration = Duration::from_secs(30);

pub(super) fn lower(
    service: &Service,
    scope: &Scope<'_>,
    trace: &mut Trace<'_>,
    report: &mut Report,
) -> Option<HealthCheck> {
    let own = eve(service);
    let has_compose_defaults = own.is_none() && scope.dialect == Dialect::Compose;
    let (probe, span, settings) = own.or_else(|| compose(service, scope, report))?;
    trace.value("health", Some(span));
    let mut health = HealthCheck::new(probe);
    if health.probe == Probe::None {
        // How often nothing is tried is no difference.
        return Some(health);
    }
    if has_compose_defaults {
        health.interval = COMPOSE;
        health.timeout = COMPOSE;
    }
    // As in Compose, none at all means that the default holds.
    let mut set = |path: &'static str, to: &mut Duration, from: Option<&At<Period>>| {
        let from = from.filter(|from| !from.value.0.is_zero());
        trace.value(path, from.map(|at| at.span));
        if let Some(from) = from {
            *to = from.value.0;
        }
    };
    set("health.interval", &mut health.interval, settings.interval);
    set("health.timeout", &mut health.timeout, settings.timeout);
    set("health.start_period", &mut health.start_period, settings.start_period);
    let retries = settings.retries.filter(|retries| retries.value > 0);
    trace.value("health.retries", retries.map(|at| at.span));
    health.retries = retries.map_or(health.retries, |at| at.value);
    Some(health)
}

fn eve(service: &Service) -> Option<(Probe, Span, Settings<'_>)> {
    let at = service.x_eve()?.health.as_ref()?;
    let health = &at.value;
    let probe = match (&health.http, &health.tcp) {
        (Some(http), _) => Probe::Http {
            port: http.value.port.as_ref().map(|at| at.value),
            path: http.value.path.as_ref().map_or_else(|| "/".to_owned(), |at| at.value.clone()),
        },
        (None, Some(tcp)) => Probe::Tcp { port: tcp.value.port.as_ref().map(|at| at.value) },
        (None, None) => return None,
    };
    let settings = Settings {
        interval: health.interval.as_ref(),
        timeout: health.timeout.as_ref(),
        retries: health.retries.as_ref(),
        start_period: health.start_period.as_ref(),
    };
    Some((probe, at.span, settings))
}

fn compose<'s>(service: &'s Service, scope: &Scope<'_>, report: &mut Report) -> Option<(Probe, Span, Settings<'s>)> {
    let at = service.healthcheck.as_ref()?;
    let check = &at.value;
    let probe = if check.disable.as_ref().is_some_and(|at| at.value) {
        Probe::None
    } else {
        let ports: Vec<u16> = service.ports().iter().map(|port| port.value.0.number).collect();
        check.test.as_ref()?.value.probe(&ports, scope, report)?
    };
    let settings = Settings {
        interval: check.interval.as_ref(),
        timeout: check.timeout.as_ref(),
        retries: check.retries.as_ref(),
        start_period: check.start_period.as_ref(),
    };
    Some((probe, at.span, settings))
}
