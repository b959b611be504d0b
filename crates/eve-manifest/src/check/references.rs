//! What environment variables and addresses speak of.

use crate::codes;
use crate::grammar::Mapping;
use crate::interpolation::{Piece, Placed};
use crate::language::Service;
use crate::model::{Declared, Model, Place};
use crate::problem::{Note, Report};

pub(super) fn check(declared: &Declared, place: &Place, model: &Model, report: &mut Report) {
    if !place.runs(declared) {
        return;
    }
    let variables = declared.service.environment.iter().flat_map(|at| &at.value.0.0);
    for placed in variables.filter_map(|named| named.value.as_ref()).flat_map(|at| &at.value.0) {
        piece(placed, place, model, report);
    }
    let address = declared.service.x_eve().and_then(|x| x.connection_url.as_ref());
    for placed in address.iter().flat_map(|at| &at.value.0) {
        if let Piece::ServiceUrl(name) = &placed.piece
            && place.find(name).is_some_and(|other| other.service.is_external())
        {
            let text =
                format!("the address of `{}` cannot be made of that of `{name}`, which is external too", declared.name);
            report.add(Note::error(codes::UNSUPPORTED, placed.span, text).hint("write the address itself"));
        } else {
            piece(placed, place, model, report);
        }
    }
}

fn piece(placed: &Placed, place: &Place, model: &Model, report: &mut Report) {
    match &placed.piece {
        Piece::ServiceUrl(name) => url(name, placed, place, model, report),
        Piece::Managed { service, .. } => managed(service, placed, place, model, report),
        Piece::Text(_) | Piece::Variable { .. } | Piece::Secret(_) => {}
    }
}

fn url(name: &str, placed: &Placed, place: &Place, model: &Model, report: &mut Report) {
    let Some(other) = place.find(name) else { return unknown(name, placed, model, report) };
    let says_where = |service: &Service| service.x_eve().is_some_and(|x| x.says("connection_url"));
    let (text, hint) = match &other.service {
        _ if !other.is_readable => return,
        service if service.is_external() && says_where(service) => return,
        service if service.is_external() => ("is external and does not say where it is", "add `connection_url` there"),
        service if service.is_managed() => ("is a managed database", "write ${managed.NAME.url}"),
        service if service.is_job() => ("is a job", "name a service that runs all the time"),
        _ if !place.runs(other) => ("is left out by the `workers` of an environment", "add it there"),
        service if !service.says("ports") => ("has no ports", "add `ports` there"),
        _ => return,
    };
    let text = format!("`{name}` {text}, so it has no URL");
    report.add(Note::error(codes::BAD_VALUE, placed.span, text).hint(hint));
}

fn managed(name: &str, placed: &Placed, place: &Place, model: &Model, report: &mut Report) {
    match place.find(name) {
        None => unknown(name, placed, model, report),
        Some(other) if other.is_readable && !other.service.is_managed() => {
            let note = Note::error(codes::BAD_VALUE, placed.span, format!("`{name}` is no managed service"));
            report.add(note.hint(format!("write ${{service.{name}.url}} for the URL of a service")));
        }
        Some(_) => {}
    }
}

fn unknown(name: &str, placed: &Placed, model: &Model, report: &mut Report) {
    if model.service_names().any(|known| known == name) {
        return;
    }
    let text = format!("no service is named `{}`", name.escape_debug());
    let note = Note::error(codes::UNKNOWN_REFERENCE, placed.span, text);
    report.add(note.maybe_hint(report.suggest(name, model.service_names())));
}
