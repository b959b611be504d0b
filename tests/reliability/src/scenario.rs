//! What is asked for in a trial.

use clap::ValueEnum;

use crate::{Ask, Edition, EndState, Moment, Place, Point, What};

/// What is asked for, before and in the run that dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Scenario {
    /// A deploy where nothing was.
    FirstDeploy,
    /// The release that runs already.
    NoOp,
    /// A second release over a first one.
    Switch,
    /// A second release that crashes: kills inside the undo.
    FailedRelease,
    /// Back from the second release to the first.
    Rollback,
    /// A pipeline whose job fails first and then succeeds.
    Job,
    /// A second release that is cancelled while it becomes ready.
    Cancel,
    /// The end of an environment.
    Delete,
    /// Two environments at once.
    TwoEnvironments,
    /// The first engine dies after the public switch; the one that resumes is the one under test.
    ResumeOfResume,
}

impl Scenario {
    /// What the keys of the runs under test begin with.
    pub(crate) const ASKED: &str = "asked";
    /// What the keys of the repairs begin with.
    pub(crate) const REPAIRED: &str = "repaired";

    /// All of them.
    pub fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// Its name.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// What is asked for first, one after the other, and comes to its end.
    pub fn start(self) -> Vec<Ask> {
        let deploys: &[Edition] = match self {
            Self::FirstDeploy | Self::TwoEnvironments => &[],
            Self::Rollback => &[Edition::One, Edition::Two],
            _ => &[Edition::One],
        };
        deploys.iter().map(|edition| Ask::new("one", What::Deploy(*edition), edition.label())).collect()
    }

    /// What is asked for in the run under test.
    pub fn asks(self) -> Vec<Ask> {
        let what = match self {
            Self::FirstDeploy | Self::NoOp | Self::TwoEnvironments => What::Deploy(Edition::One),
            Self::Switch | Self::ResumeOfResume => What::Deploy(Edition::Two),
            Self::FailedRelease => What::Deploy(Edition::Crashing),
            Self::Rollback => What::Rollback,
            Self::Job => What::Deploy(Edition::WithJob),
            Self::Cancel => What::Deploy(Edition::Hanging),
            Self::Delete => What::Delete,
        };
        self.environments().iter().map(|name| Ask::new(name, what, Self::ASKED)).collect()
    }

    /// What is asked for once all is over and a stranger was there: what should be there by now.
    pub fn repairs(self) -> Vec<Ask> {
        let what = match self {
            Self::Switch | Self::ResumeOfResume => What::Deploy(Edition::Two),
            Self::Job => What::Deploy(Edition::WithJob),
            Self::Delete => What::Delete,
            _ => What::Deploy(Edition::One),
        };
        self.environments().iter().map(|name| Ask::new(name, what, Self::REPAIRED)).collect()
    }

    /// The names of the environments.
    pub fn environments(self) -> &'static [&'static str] {
        if self == Self::TwoEnvironments { &["one", "two"] } else { &["one"] }
    }

    /// True if the run is cancelled: as soon as the second release's `web` is there, which never
    /// becomes ready.
    pub fn is_cancelled(self) -> bool {
        self == Self::Cancel
    }

    /// True if its first environment has a release that answers from the start to the end.
    pub fn serves_throughout(self) -> bool {
        !self.start().is_empty() && self != Self::Delete
    }

    /// What of a clean run's end is not what the scenario is about: a table of equal mistakes would
    /// prove nothing.
    pub(crate) fn contradicts(self, end: &EndState, repaired: bool) -> Vec<String> {
        let outcome = match self {
            Self::FailedRelease => "failed workload.crashed undo complete",
            Self::Cancel => "cancelled undo complete",
            _ => "succeeded",
        };
        let current = match self {
            Self::Switch | Self::ResumeOfResume => Some("r2"),
            Self::Job => Some("with-job"),
            Self::Delete => None,
            _ => Some("r1"),
        };
        let mut out = Vec::new();
        for (name, environment) in &end.environments {
            let ended = environment.runs.iter().find(|run| run.key.starts_with(Self::ASKED)).map(|run| &*run.outcome);
            if ended != Some(outcome) {
                out.push(format!("{name} ended {ended:?} and not {outcome}"));
            }
            let seen = (environment.current.as_deref(), environment.answer.as_deref(), &*environment.health);
            // Of nothing it cannot be told how it is.
            let health = if current.is_some() { "ready" } else { "unknown" };
            if seen != (current, current, health) {
                out.push(format!("{name} is at {seen:?} and not at {current:?}"));
            }
        }
        let lines = end.environments.values().map(|environment| environment.ledger.len());
        if self == Self::NoOp && !repaired && lines.max() != Some(1) {
            out.push("the release that runs already was deployed once more".to_owned());
        }
        // It fails once and then succeeds, also when it is asked for again.
        let effects = if self == Self::Job { 2 + usize::from(repaired) } else { 0 };
        if end.effects != effects {
            out.push(format!("the job ran {} times and not {effects}", end.effects));
        }
        out
    }

    /// Where the first engine dies, if the one that resumes is the one under test: the public switch
    /// is done, and nobody has written it down.
    pub fn first_death(self) -> Option<Point> {
        let place = Place { method: "routes.switch".to_owned(), environment: Some("one".to_owned()), count: 3 };
        (self == Self::ResumeOfResume).then_some(Point { place, moment: Moment::After })
    }
}
