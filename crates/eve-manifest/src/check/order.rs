//! Which step waits for which.

use std::collections::HashMap;

use eve_core::StepName;

use super::circle::circles;
use crate::codes;
use crate::grammar::At;
use crate::problem::{Note, Report};
use crate::tree::Span;

/// A step as far as its order goes.
pub(super) struct Node<'a> {
    pub(super) name: String,
    /// The place of the name, or of the step.
    pub(super) span: Span,
    pub(super) depends_on: &'a [At<String>],
}

/// Steps with what each of them waits for, by number.
pub(super) struct Order<'a> {
    nodes: Vec<Node<'a>>,
    needs: Vec<Vec<usize>>,
}

impl<'a> Order<'a> {
    /// Sorts the steps of a `kind` of sequence. What is no name, stands twice, is not there or waits for itself is reported.
    pub(super) fn checked(kind: &str, nodes: Vec<Node<'a>>, report: &mut Report) -> Self {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        for (i, node) in nodes.iter().enumerate() {
            if let Err(error) = StepName::new(node.name.clone()) {
                report.add(Note::refused(node.span, &error));
            }
            if numbers.insert(&node.name, i).is_some() {
                let text = format!("two steps are named `{}`", node.name.escape_debug());
                report.add(Note::error(codes::NAME_COLLISION, node.span, text).hint("rename one of them"));
            }
        }
        let mut needs: Vec<Vec<usize>> = Vec::new();
        for node in &nodes {
            let mut wanted = Vec::new();
            for need in node.depends_on {
                match numbers.get(need.value.as_str()) {
                    Some(number) => wanted.push(*number),
                    None => unknown(kind, need, numbers.keys().copied(), report),
                }
            }
            needs.push(wanted);
        }
        let order = Self { nodes, needs };
        order.report_circles(report);
        order
    }

    /// Without a report.
    pub(super) fn of(nodes: Vec<Node<'a>>) -> Self {
        let numbers: HashMap<&str, usize> = nodes.iter().enumerate().map(|(i, node)| (node.name.as_str(), i)).collect();
        let known = |need: &At<String>| numbers.get(need.value.as_str()).copied();
        let needs = nodes.iter().map(|node| node.depends_on.iter().filter_map(known).collect()).collect();
        Self { nodes, needs }
    }

    /// Everything that a step waits for, however far away.
    pub(super) fn before(&self, step: usize) -> Vec<usize> {
        let mut seen = vec![false; self.needs.len()];
        let mut open = vec![step];
        let mut out = Vec::new();
        while let Some(at) = open.pop() {
            for &need in &self.needs[at] {
                if !std::mem::replace(&mut seen[need], true) {
                    out.push(need);
                    open.push(need);
                }
            }
        }
        out.sort_unstable();
        out
    }

    fn report_circles(&self, report: &mut Report) {
        for circle in circles(&self.needs) {
            let names = circle.iter().chain(&circle[..1]).map(|number| self.nodes[*number].name.as_str());
            let names: Vec<&str> = names.collect();
            let first = &self.nodes[circle[0]];
            let need = first.depends_on.iter().find(|need| need.value == names[1]);
            let text = format!("steps wait for each other: {}", names.join(" -> "));
            let note = Note::error(codes::CYCLE, need.map_or(first.span, |need| need.span), text);
            report.add(note.hint("remove one of these dependencies"));
        }
    }
}

/// Reports a step that is not there.
pub(super) fn unknown<'n>(kind: &str, need: &At<String>, names: impl Iterator<Item = &'n str>, report: &mut Report) {
    let text = format!("no step of this {kind} is named `{}`", need.value.escape_debug());
    let note = Note::error(codes::UNKNOWN_REFERENCE, need.span, text);
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    report.add(note.maybe_hint(report.suggest(&need.value, names)));
}
