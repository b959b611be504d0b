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
