//! What a manifest says for others.

use std::collections::BTreeMap;

use eve_core::Body;

use crate::grammar::{At, Carried, Mapping};
use crate::language::Step;
use crate::model::Model;

/// Everything that is carried along, by its path in the manifest.
pub(super) fn all(model: &Model) -> BTreeMap<String, Body> {
    let mut out = BTreeMap::new();
    put("", model.root.carried(), &mut out);
    if let Some(x) = &model.root.x_eve {
        put("x-eve", x.value.carried(), &mut out);
        if let Some(defaults) = &x.value.defaults {
            put("x-eve.defaults", defaults.value.carried(), &mut out);
        }
    }
    for named in model.root.environments.iter().flat_map(|at| &at.value.0) {
        let workers = named.value.as_ref().and_then(|at| at.value.workers.as_ref());
        for (number, worker) in workers.iter().flat_map(|at| &at.value.all).enumerate() {
            let path = format!("environments.{}.workers.{number}", named.text.value);
            put(&path, worker.value.carried(), &mut out);
        }
    }
    for named in model.root.services.iter().flat_map(|at| &at.value.0) {
        if let Some(service) = &named.value {
            let path = format!("services.{}", named.text.value);
            put(&path, service.value.carried(), &mut out);
            if let Some(x) = &service.value.x_eve {
                put(&format!("{path}.x-eve"), x.value.carried(), &mut out);
            }
        }
    }
    for (name, pipeline) in model.pipelines() {
        let path = format!("pipelines.{}", name.value);
        put(&path, pipeline.carried(), &mut out);
        if let Some(trigger) = &pipeline.trigger {
            put(&format!("{path}.trigger"), trigger.value.carried(), &mut out);
        }
        of_steps(&path, pipeline.steps.as_ref().map_or(&[], |at| &at.value), &mut out);
    }
    for (name, workflow) in model.workflows() {
        let body = Body::of(&workflow.written.to_json()).ok();
        out.extend(body.map(|body| (format!("workflows.{}", name.value), body)));
    }
    out
}

fn of_steps(path: &str, steps: &[At<Step>], out: &mut BTreeMap<String, Body>) {
    for (number, step) in steps.iter().enumerate() {
        put(&format!("{path}.steps.{number}"), step.value.carried(), out);
    }
}

fn put(path: &str, carried: &[Carried], out: &mut BTreeMap<String, Body>) {
    for one in carried {
        let path = if path.is_empty() { one.key.to_owned() } else { format!("{path}.{}", one.key) };
        // A value of a tree has a JSON form.
        out.extend(Body::of(&one.value.to_json()).ok().map(|body| (path, body)));
    }
}
