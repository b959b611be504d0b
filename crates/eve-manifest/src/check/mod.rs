//! Rules that need more than one value to be looked at.

mod builds;
mod circle;
mod configs;
mod dependencies;
mod environments;
mod host;
mod jobs;
mod names;
mod network;
mod object_store;
mod order;
mod pipelines;
mod places;
mod platform;
mod references;
mod roles;
mod scale;
mod secrets;
mod sources;
mod steps;
mod tcp_ingress;
mod triggers;
mod volumes;
mod workflows;

pub(crate) use pipelines::is_left_out;
pub(crate) use sources::{builds_nothing, report_outside};

use crate::grammar::{At, Mapping};
use crate::language::Service;
use crate::model::{Declared, Model};
use crate::problem::Report;

/// True if a service may say more under a key than was read of it: nobody can say then what it does not speak of.
fn is_partly_read<T>(declared: &Declared, key: &str, of: fn(&Service) -> Option<&At<T>>, report: &Report) -> bool {
    let says = || declared.service.says(key);
    !declared.is_readable || says() && of(&declared.service).is_none_or(|at| report.has_error_within(at.span))
}

/// Reports everything in a manifest that cannot hold together.
pub(crate) fn check(model: &Model, report: &mut Report) {
    for place in &model.places {
        for declared in place.services.iter().filter(|declared| declared.is_readable) {
            roles::check(declared, report);
            references::check(declared, place, model, report);
            if !declared.service.is_made() {
                continue;
            }
            sources::check(declared, model, report);
            host::check(declared, report);
            network::check(declared, report);
            tcp_ingress::check(declared, report);
            object_store::check(declared, report);
            scale::check(declared, report);
            dependencies::check(declared, place, model, report);
            places::check(declared, model, report);
        }
        dependencies::report_circles(place, report);
        names::check(place, report);
        network::across(place, report);
        tcp_ingress::across(place, report);
        volumes::across(place, report);
    }
    names::across(model, report);
    platform::check(model, report);
    environments::check(model, report);
    pipelines::check(model, report);
    builds::check(model, report);
    jobs::check(model, report);
    workflows::check(model, report);
    volumes::check(model, report);
    secrets::check(model, report);
    configs::check(model, report);
}
