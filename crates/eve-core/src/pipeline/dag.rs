//! The order of a pipeline's steps.

use std::collections::BTreeMap;

use super::Step;
use crate::{Error, Result, StepName, codes};

/// Which step waits for which. Made once; asking it costs what the answer costs.
#[derive(Debug, Clone)]
pub struct Dag {
    needs: Vec<Vec<usize>>,
    dependents: Vec<Vec<usize>>,
}

impl Dag {
    /// The order of some steps, by their places in the slice.
    ///
    /// # Errors
    /// - `pipeline.unknown_step` if a step waits for one that is not there, or two share a name;
    /// - `pipeline.cycle` if steps wait for each other; the message names the circle.
    pub fn new(steps: &[Step]) -> Result<Self> {
        let mut places: BTreeMap<&StepName, usize> = BTreeMap::new();
        for (i, step) in steps.iter().enumerate() {
            if places.insert(&step.name, i).is_some() {
                return Err(Error::invalid(codes::PIPELINE_UNKNOWN_STEP, format!("two steps are named {}", step.name)));
            }
        }
        let mut dag = Self { needs: vec![Vec::new(); steps.len()], dependents: vec![Vec::new(); steps.len()] };
        for (i, step) in steps.iter().enumerate() {
            for need in &step.needs {
                let Some(&at) = places.get(need) else {
                    let text = format!("step {} waits for {need}, which does not exist", step.name);
                    return Err(Error::invalid(codes::PIPELINE_UNKNOWN_STEP, text));
                };
                dag.needs[i].push(at);
                dag.dependents[at].push(i);
            }
        }
        match dag.circle() {
            None => Ok(dag),
            Some(circle) => {
                let names: Vec<_> = circle.iter().map(|i| steps[*i].name.as_str()).collect();
                Err(Error::invalid(codes::PIPELINE_CYCLE, format!("steps wait for each other: {}", names.join(" -> "))))
            }
        }
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.needs.len()
    }

    /// True if there is no step.
    pub fn is_empty(&self) -> bool {
        self.needs.is_empty()
    }

    /// The steps that a step waits for.
    pub fn needs(&self, step: usize) -> &[usize] {
        &self.needs[step]
    }

    /// The steps that wait for a step, directly.
    pub fn dependents(&self, step: usize) -> &[usize] {
        &self.dependents[step]
    }

    /// A circle, its first step again at its end; none if there is none.
    fn circle(&self) -> Option<Vec<usize>> {
        let mut open: Vec<usize> = self.needs.iter().map(Vec::len).collect();
        let mut ready: Vec<usize> = (0..self.len()).filter(|i| open[*i] == 0).collect();
        while let Some(step) = ready.pop() {
            for &next in &self.dependents[step] {
                open[next] -= 1;
                if open[next] == 0 {
                    ready.push(next);
                }
            }
        }
        // Whoever is left waits for somebody who is left: following that leads around a circle.
        let mut at = open.iter().position(|n| *n > 0)?;
        let mut path = Vec::new();
        loop {
            if let Some(start) = path.iter().position(|p| *p == at) {
                path.push(at);
                return Some(path.split_off(start));
            }
            path.push(at);
            at = *self.needs[at].iter().find(|n| open[**n] > 0)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Action;

    fn step(name: &str, needs: &[&str]) -> Step {
        let mut step = Step::new(StepName::new(name).unwrap(), Action::Release);
        step.needs = needs.iter().map(|n| StepName::new(*n).unwrap()).collect();
        step
    }

    #[test]
    fn a_circle_is_named_and_what_leads_to_it_is_not() {
        let error = Dag::new(&[step("a", &["b"]), step("b", &["c"]), step("c", &["b"])]).unwrap_err();
        assert_eq!(error.code(), &codes::PIPELINE_CYCLE);
        assert_eq!(error.to_string(), "steps wait for each other: b -> c -> b");
    }

    #[test]
    fn an_unknown_need_is_named() {
        let error = Dag::new(&[step("a", &["x"])]).unwrap_err();
        assert_eq!(error.code(), &codes::PIPELINE_UNKNOWN_STEP);
    }

    #[test]
    fn a_thousand_steps_in_a_chain_do_not_overflow_anything() {
        let names: Vec<String> = (0..1000).map(|i| format!("s{i}")).collect();
        let steps: Vec<Step> =
            (0..1000).map(|i| if i == 0 { step(&names[0], &[]) } else { step(&names[i], &[&names[i - 1]]) }).collect();
        assert_eq!(Dag::new(&steps).unwrap().needs(999), [998]);
    }
}
