//! Services that are built, and the steps that build them.

use std::collections::HashSet;

use super::order::Order;
use super::pipelines::nodes;
use crate::codes;
use crate::grammar::{At, Mapping};
use crate::language::{BuildInputs, Inputs, Pipeline, RegistryPlace, RegistryWord, Step};
use crate::model::{Declared, Model, Place};
use crate::problem::{Note, Report};
use crate::tree::Span;

/// How much is looked at: what is built for a thousand deploys in a row says nothing new.
const MOST: usize = 1_000_000;

/// Reports steps that need what no step before them builds, for each environment with its pipeline.
pub(super) fn check(model: &Model, report: &mut Report) {
    let registry = model.root.registry.as_ref().map(|at| &at.value);
    if matches!(registry, Some(RegistryPlace::Word(RegistryWord::None))) {
        // Nothing is to be built at all.
        return;
    }
    let mut budget = MOST;
    for place in &model.places {
        let Some(wanted) = &place.pipeline else { continue };
        let found = model.pipelines().find(|(name, _)| name.value == wanted.value);
        if let Some((name, pipeline)) = found {
            check_pipeline(&name.value, pipeline, place, &mut budget, report);
        }
    }
}

fn check_pipeline(name: &str, pipeline: &Pipeline, place: &Place, budget: &mut usize, report: &mut Report) {
    let steps: Vec<&At<Step>> = pipeline.steps.iter().flat_map(|at| &at.value).collect();
    let actions = || steps.iter().filter_map(|step| step.value.action.as_ref());
    if !actions().any(|action| matches!(action.value.inputs, Inputs::Build(_) | Inputs::Deploy(_))) {
        return idle(name, place, report);
    }
    let order = Order::of(nodes(pipeline));
    for (i, step) in steps.iter().enumerate() {
        let Some(action) = step.value.action.as_ref().filter(|_| *budget > 0) else { continue };
        *budget = budget.saturating_sub(place.services.len());
        let needed: Vec<&Declared> = match &action.value.inputs {
            Inputs::Deploy(_) => {
                place.services.iter().map(AsRef::as_ref).filter(|one| is_deployed(one, place)).collect()
            }
            _ => action.value.job().and_then(|at| place.find(&at.value)).into_iter().collect(),
        };
        let needed: Vec<&Declared> = needed.into_iter().filter(|declared| declared.service.says("build")).collect();
        let Some(first) = needed.first() else { continue };
        let before = order.before(i);
        *budget = budget.saturating_sub(before.len());
        let before = before.into_iter().filter_map(|before| steps[before].value.action.as_ref());
        let builds = before.filter_map(|action| match &action.value.inputs {
            Inputs::Build(inputs) => Some(inputs),
            _ => None,
        });
        match Built::by(builds) {
            Built::Nothing => {
                let text = format!("`{}` is built, and no step of `{name}` builds it before this one", first.name);
                let note = Note::warning(codes::WITHOUT_BUILD, action.span, text);
                report.add(note.hint("let it wait for a step with `action: {type: build}`; without one, only a release that is there can be deployed"));
            }
            Built::These(services, at) => {
                for declared in needed.iter().filter(|declared| !services.contains(declared.name.as_str())) {
                    let text = format!("`{}` is built, and this leaves it out", declared.name);
                    let note = Note::warning(codes::NEVER_BUILT, at, text);
                    report.add(note.hint(format!("add `{}`, or remove `components` to build all", declared.name)));
                }
            }
            Built::Everything => {}
        }
    }
}

/// Reports what is built, where a pipeline neither builds nor deploys anything.
fn idle(name: &str, place: &Place, report: &mut Report) {
    let built = place.services.iter().filter(|one| is_deployed(one, place) && one.service.says("build"));
    let names: Vec<String> = built.map(|declared| format!("`{}`", declared.name)).collect();
    let Some(wanted) = place.pipeline.as_ref().filter(|_| !names.is_empty()) else { return };
    let text = format!("no step of `{name}` builds or deploys {}", names.join(", "));
    let note = Note::warning(codes::NEVER_BUILT, wanted.span, text);
    report.add(note.hint("add steps with `action: {type: build}` and `action: {type: deploy}`"));
}

/// True for what a deploy starts.
fn is_deployed(declared: &Declared, place: &Place) -> bool {
    !declared.service.is_job() && declared.service.is_made() && place.runs(declared)
}

/// What some steps build.
enum Built<'a> {
    Nothing,
    Everything,
    /// These, by the list that stands there.
    These(HashSet<&'a str>, Span),
}

impl<'a> Built<'a> {
    /// What some steps build. One without a list builds everything.
    fn by(steps: impl Iterator<Item = &'a BuildInputs>) -> Self {
        let mut out = Self::Nothing;
        for step in steps {
            let list = step.components.as_ref().filter(|list| !list.value.is_empty());
            let Some(list) = list else { return Self::Everything };
            let names = list.value.iter().map(|at| at.value.as_str());
            match &mut out {
                Self::These(known, _) => known.extend(names),
                _ => out = Self::These(names.collect(), list.span),
            }
        }
        out
    }
}
