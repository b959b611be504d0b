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
mod order;
mod pipelines;
mod places;
mod platform;
mod references;
mod roles;
mod scale;
mod secrets;
mod steps;
mod triggers;
mod volumes;
mod workflows;

pub(crate) use pipelines::is_left_out;

use crate::model::Model;
use crate::problem::Report;

/// Reports everything in a manifest that cannot hold together.
pub(crate) fn check(model: &Model, report: &mut Report) {
    for place in &model.places {
        for declared in place.services.iter().filter(|declared| declared.is_readable) {
            roles::check(declared, report);
            if !declared.service.is_made() {
                continue;
            }
            host::check(declared, report);
            network::check(declared, report);
            scale::check(declared, report);
            references::check(declared, place, model, report);
            dependencies::check(declared, place, model, report);
            places::check(declared, model, report);
        }
        dependencies::report_circles(place, report);
        names::check(place, report);
        network::across(place, report);
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
