//! Ports, and what leads to them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use eve_core::desired::Protocol;

use crate::codes;
use crate::grammar::{At, Mapping};
use crate::language::{Check, HealthProbe, Healthcheck, Ingress};
use crate::model::{Declared, Place};
use crate::problem::{Note, Report};
use crate::tree::Span;

/// How long a request from outside may be given.
const TIMEOUT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(1_800);
/// How many bytes a request from outside may be given.
const BODY: RangeInclusive<u64> = 1 << 10..=1 << 30;
/// How many hosts of its own a service may have.
const DOMAINS: usize = 10;
/// Aliases that the platform itself may have.
const RESERVED: [&str; 8] = ["admin", "api", "eve", "health", "registry", "sso", "status", "www"];

pub(super) fn check(declared: &Declared, report: &mut Report) {
    let service = &declared.service;
    let ports = service.ports();
    for (i, port) in ports.iter().enumerate() {
        let same = |other: &&At<crate::language::PortText>| {
            (other.value.0.number, other.value.0.protocol) == (port.value.0.number, port.value.0.protocol)
        };
        if ports[..i].iter().any(|other| same(&other)) {
            let text = format!("port {} stands twice", port.value.0.number);
            report.add(Note::error(codes::BAD_VALUE, port.span, text).hint("remove one of them"));
        }
    }
    if service.is_job() {
        return;
    }
    let x = service.x_eve();
    if let Some(ingress) = x.and_then(|x| x.ingress.as_ref()) {
        check_ingress(ingress, declared, report);
    }
    if x.is_some_and(|x| x.conflicts_with(service.healthcheck.as_ref())) {
        let span = x.and_then(|x| x.health.as_ref()).map_or(declared.key, |at| at.span);
        let text = "`healthcheck` and `x-eve.health` say the same thing";
        report.add(Note::error(codes::CONFLICT, span, text).hint("remove one of them"));
    }
    if let Some(health) = x.and_then(|x| x.health.as_ref()) {
        check_health(health, declared, report);
    }
    if let Some(check) = &service.healthcheck {
        check_healthcheck(check, report);
    }
}

/// Who has a port of the host, each with the address.
type Takers<'a> = Vec<(Option<IpAddr>, &'a Declared)>;

/// Reports ports of the host that are wanted twice in an environment.
pub(super) fn across(place: &Place, report: &mut Report) {
    let mut taken: HashMap<(u16, bool), Takers<'_>> = HashMap::new();
    // Who has a port of every address has it of each, where it says so of each of that family.
    let is_of = |host: IpAddr, every: IpAddr| every.is_unspecified() && every.is_ipv4() == host.is_ipv4();
    let meet = |a: Option<IpAddr>, b: Option<IpAddr>| match (a, b) {
        (Some(a), Some(b)) => a == b || is_of(a, b) || is_of(b, a),
        _ => true,
    };
    for declared in place.services.iter().filter(|declared| declared.service.is_made() && place.runs(declared)) {
        for at in declared.service.ports() {
            let port = &at.value.0;
            let Some(published) = port.published else { continue };
            let before = taken.entry((published, port.protocol == Protocol::Udp)).or_default();
            let same = |(host, _): &&(Option<IpAddr>, &Declared)| meet(*host, port.host);
            if let Some((_, first)) = before.iter().find(same) {
                let text = if first.name == declared.name {
                    format!("`{}` wants port {published} of the host twice", first.name)
                } else {
                    format!("`{}` and `{}` want port {published} of the host", first.name, declared.name)
                };
                report.add(Note::error(codes::CONFLICT, at.span, text).hint("choose another one, or none"));
            }
            before.push((port.host, declared));
        }
    }
}

fn check_ingress(ingress: &At<Ingress>, declared: &Declared, report: &mut Report) {
    let public = ingress.value.public.as_ref();
    if public.is_some_and(|at| !at.value) {
        let of = &ingress.value;
        let spans = [
            ("port", of.port.as_ref().map(|at| at.span)),
            ("alias", of.alias.as_ref().map(|at| at.span)),
            ("domain", of.domain.as_ref().map(|at| at.span)),
            ("domains", of.domains.as_ref().map(|at| at.span)),
            ("timeout", of.timeout.as_ref().map(|at| at.span)),
            ("max_body_size", of.max_body_size.as_ref().map(|at| at.span)),
        ];
        for (key, span) in spans.into_iter().filter_map(|(key, span)| Some((key, span?))) {
            let text = format!("`{key}` is not used where `public` is false");
            report.add(Note::warning(codes::NOT_USED, span, text));
        }
        return;
    }
    if !declared.service.says("ports") {
        let span = public.map_or(ingress.span, |at| at.span);
        let text = format!("`{}` is public and has no ports", declared.name);
        report.add(Note::error(codes::BAD_VALUE, span, text).hint("add `ports`"));
        return;
    }
    match &ingress.value.port {
        Some(port) => check_port(port, declared, report),
        None => needs_tcp(public.map_or(ingress.span, |at| at.span), declared, report),
    }
    check_bounds(&ingress.value, report);
    if let Some(alias) = &ingress.value.alias {
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let text = alias.value.as_str();
        let ok = (3..=63).contains(&text.len())
            && text.bytes().all(inner)
            && text.as_bytes()[0].is_ascii_lowercase()
            && !text.ends_with('-');
        if !ok {
            let note = Note::error(codes::BAD_VALUE, alias.span, format!("`{}` is no alias", text.escape_debug()));
            report.add(note.hint("use 3 to 63 of a-z, 0-9 and -, beginning with a letter and not ending with -"));
        } else if RESERVED.contains(&text) {
            let note =
                Note::error(codes::BAD_VALUE, alias.span, format!("the alias `{text}` is kept for the platform"));
            report.add(note.hint("choose another one"));
        }
    }
}

/// How long and how large requests may be, and how many hosts there may be.
fn check_bounds(ingress: &Ingress, report: &mut Report) {
    if let Some(timeout) = ingress.timeout.as_ref().filter(|at| !TIMEOUT.contains(&at.value.0)) {
        let note = Note::error(codes::BAD_VALUE, timeout.span, "a request may take 1s to 30m");
        report.add(note.hint("use 1s to 30m"));
    }
    if let Some(size) = ingress.max_body_size.as_ref().filter(|at| !BODY.contains(&at.value.as_bytes())) {
        let note = Note::error(codes::BAD_VALUE, size.span, "a request may have 1k to 1g");
        report.add(note.hint("use 1k to 1g"));
    }
    let Some(domains) = &ingress.domains else { return };
    if domains.value.len() > DOMAINS {
        let text = format!("{} hosts are more than {DOMAINS}", domains.value.len());
        report.add(Note::error(codes::BAD_VALUE, domains.span, text).hint("remove some of them"));
    }
    for short in domains.value.iter().filter(|at| at.value.as_str().len() < 4 || !at.value.as_str().contains('.')) {
        let text = format!("`{}` is no host of one's own", short.value);
        report.add(Note::error(codes::BAD_VALUE, short.span, text).hint("write it in full: shop.example.org"));
    }
}

fn check_healthcheck(check: &At<Box<Healthcheck>>, report: &mut Report) {
    let Healthcheck { test: tried, disable, .. } = &*check.value;
    if let Some(At { value: Check::Command(words), span }) = tried
        && let [word] = &words[..]
        && let Some(word) = word.literal().filter(|word| word.trim().contains(' '))
    {
        let text = format!("`{}` is one word, and hardly the name of a program", word.escape_debug());
        let note = Note::warning(codes::BAD_VALUE, *span, text);
        report.add(note.hint("write each word by itself, or CMD-SHELL in place of CMD"));
    }
    match (tried, disable.as_ref().map(|at| at.value)) {
        (Some(tried), Some(true)) => {
            let text = "`test` is not used where `disable` is true";
            report.add(Note::warning(codes::NOT_USED, tried.span, text));
        }
        (None, said) if !check.value.means("test") && (said == Some(false) || !check.value.says("disable")) => {
            let note = Note::error(codes::MISSING_KEY, check.span, "this health check does not say what is tried");
            report.add(note.hint("add `test`: what an image brings cannot be changed here"));
        }
        _ => {}
    }
}

fn check_health(health: &At<HealthProbe>, declared: &Declared, report: &mut Report) {
    let HealthProbe { http, tcp, .. } = &health.value;
    if let (Some(_), Some(second)) = (http, tcp) {
        let text = "a health check tries one thing, and here are two: `http` and `tcp`";
        report.add(Note::error(codes::CONFLICT, second.span, text).hint("remove one of them"));
    }
    if !health.value.means("http") && !health.value.means("tcp") {
        let text = "a health check needs `http` or `tcp`";
        report.add(Note::error(codes::MISSING_KEY, health.span, text).hint("write `http: {path: /healthz}`"));
    }
    if let Some(path) = http.as_ref().and_then(|at| at.value.path.as_ref()) {
        let plain = path.value.bytes().all(|b| b.is_ascii_graphic());
        if !path.value.starts_with('/') || !plain {
            let text = format!("`{}` is no path", path.value.escape_debug());
            report.add(Note::error(codes::BAD_VALUE, path.span, text).hint("begin it with /, and encode blanks"));
        }
    }
    let ports = [
        http.as_ref().map(|at| (at.span, at.value.port.as_ref())),
        tcp.as_ref().map(|at| (at.span, at.value.port.as_ref())),
    ];
    for (span, port) in ports.into_iter().flatten() {
        match port {
            Some(port) => check_port(port, declared, report),
            None if declared.service.says("ports") => needs_tcp(span, declared, report),
            None => needs_port(span, declared, report),
        }
    }
}

fn needs_port(span: Span, declared: &Declared, report: &mut Report) {
    if !declared.service.says("ports") {
        let text = format!("`{}` has no ports, so there is nothing to ask", declared.name);
        report.add(Note::error(codes::BAD_VALUE, span, text).hint("add `ports`"));
    }
}

/// The first port, which is asked where none is named, has to be one that can be.
fn needs_tcp(span: Span, declared: &Declared, report: &mut Report) {
    if let Some(first) = declared.service.ports().first().filter(|port| port.value.0.protocol != Protocol::Tcp) {
        let text = format!("port {} of `{}`, its first, is none of TCP", first.value.0.number, declared.name);
        report.add(Note::error(codes::BAD_VALUE, span, text).hint("name another one with `port`, or put it first"));
    }
}

fn check_port(port: &At<u16>, declared: &Declared, report: &mut Report) {
    let ports = declared.service.ports();
    let mut named = ports.iter().filter(|known| known.value.0.number == port.value).peekable();
    if named.peek().is_some() {
        if named.all(|known| known.value.0.protocol != Protocol::Tcp) {
            let text = format!("port {} of `{}` is none of TCP", port.value, declared.name);
            report.add(Note::error(codes::BAD_VALUE, port.span, text).hint("name another one"));
        }
        return;
    }
    let known: Vec<String> = ports.iter().map(|known| known.value.0.number.to_string()).collect();
    let hint = if known.is_empty() { "add `ports`".to_owned() } else { format!("its ports: {}", known.join(", ")) };
    let text = format!("`{}` has no port {}", declared.name, port.value);
    report.add(Note::error(codes::UNKNOWN_REFERENCE, port.span, text).hint(hint));
}
