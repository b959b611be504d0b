//! Which differences are none.

use crate::{EndState, EnvironmentState, LineState, Scenario};

/// Which differences from the clean run's end state are none, and why. Everything else is one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tolerance {
    /// A stranger changed something, and whatever run brings that back writes a line, since it changes
    /// something: the repair that is asked for in the end, or the run under test if it is there to
    /// see it. So the repair's lines do not count, and lines that say again what the line before
    /// says, by another run, count once.
    pub repaired: bool,
}

impl Tolerance {
    /// What differs, one text each; empty if nothing does.
    pub fn differences(self, clean: &EndState, found: &EndState) -> Vec<String> {
        let mut out = found.broken.clone();
        compare(&mut out, "effects", &clean.effects, &found.effects);
        let names = |state: &EndState| state.environments.keys().cloned().collect::<Vec<_>>();
        compare(&mut out, "environments", &names(clean), &names(found));
        for (name, clean) in &clean.environments {
            if let Some(found) = found.environments.get(name) {
                self.compare_environment(&mut out, name, clean, found);
            }
        }
        out
    }

    fn compare_environment(
        self,
        out: &mut Vec<String>,
        name: &str,
        clean: &EnvironmentState,
        found: &EnvironmentState,
    ) {
        let of = |what: &str| format!("{what} of {name}");
        compare(out, &of("ledger"), &self.lines(clean), &self.lines(found));
        compare(out, &of("current release"), &clean.current, &found.current);
        compare(out, &of("health"), &clean.health, &found.health);
        compare(out, &of("objects"), &clean.objects, &found.objects);
        compare(out, &of("what the ground holds"), &clean.held, &found.held);
        compare(out, &of("routes"), &clean.routes, &found.routes);
        compare(out, &of("answer"), &clean.answer, &found.answer);
        compare(out, &of("attempts that are not forgotten"), &clean.attempts, &found.attempts);
        compare(out, &of("runs"), &clean.runs, &found.runs);
    }

    fn lines(self, state: &EnvironmentState) -> Vec<LineState> {
        let mut lines = state.ledger.clone();
        if self.repaired {
            lines.retain(|line| !line.key.starts_with(Scenario::REPAIRED));
            lines.dedup_by(|line, before| line.said == before.said);
        }
        lines
    }
}

fn compare<T: PartialEq + std::fmt::Debug>(out: &mut Vec<String>, what: &str, clean: &T, found: &T) {
    if clean != found {
        out.push(format!("{what}\n    clean {clean:?}\n    found {found:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn end(lines: &[(&str, &str)]) -> EndState {
        let line = |(key, said): &(&str, &str)| LineState { key: (*key).to_owned(), said: (*said).to_owned() };
        let environment = EnvironmentState {
            ledger: lines.iter().map(line).collect(),
            current: Some("r1".to_owned()),
            health: "ready".to_owned(),
            objects: Vec::new(),
            held: Vec::new(),
            routes: BTreeMap::new(),
            answer: Some("r1".to_owned()),
            attempts: 0,
            runs: Vec::new(),
        };
        EndState { environments: BTreeMap::from([("one".to_owned(), environment)]), effects: 0, broken: Vec::new() }
    }

    #[test]
    fn a_repair_may_write_a_line_where_a_stranger_was_and_nowhere_else() {
        let clean = end(&[("r1-one", "deploy r1 healthy")]);
        let repaired = end(&[("r1-one", "deploy r1 healthy"), ("repaired-one", "deploy r1 healthy")]);
        assert_eq!(Tolerance { repaired: true }.differences(&clean, &repaired), Vec::<String>::new());
        assert_eq!(Tolerance::default().differences(&clean, &repaired).len(), 1);
    }

    #[test]
    fn a_line_that_says_something_else_is_a_difference_whoever_was_there() {
        let clean = end(&[("r1-one", "deploy r1 healthy")]);
        let failed =
            end(&[("r1-one", "deploy r1 healthy"), ("asked-one", "deploy failed workload.crashed undo complete")]);
        assert_eq!(Tolerance { repaired: true }.differences(&clean, &failed).len(), 1);
    }

    #[test]
    fn what_must_never_be_is_always_a_difference() {
        let clean = end(&[]);
        let broken = EndState { broken: vec!["run run_1 has not ended".to_owned()], ..clean.clone() };
        assert_eq!(Tolerance { repaired: true }.differences(&clean, &broken), broken.broken);
    }
}
