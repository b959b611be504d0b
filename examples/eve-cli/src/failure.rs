//! Why a command did not succeed.

use eve::event::{RunOutcome, Undo};
use eve::manifest::{Problem, Problems};
use eve::{Code, Error, Finding, RunHandle, RunReport};
use serde::Serialize;
use serde_json::{Value, json};

/// A command line that cannot be understood.
pub(crate) const USAGE: Code = Code::new("usage.invalid");
/// A question that nobody is there to answer.
pub(crate) const UNCONFIRMED: Code = Code::new("usage.unconfirmed");

/// The codes of this command line, each with what it means.
pub(crate) const OWN: &[(Code, &str)] = &[
    (USAGE, "The command line cannot be understood."),
    (UNCONFIRMED, "A question has to be answered, and nobody is there who could."),
];

/// Why a command did not succeed: what is written, and the exit code.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    #[serde(skip)]
    pub(crate) exit: u8,
    pub(crate) code: Code,
    /// This layer first, then its causes, one a line.
    pub(crate) message: Box<str>,
    pub(crate) hint: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) finding: Option<Box<Finding>>,
    /// What is wrong with a manifest: beside the error in a result.
    #[serde(skip)]
    pub(crate) problems: Vec<Problem>,
    /// What belongs beside the error in a result: the run, what became of its changes.
    #[serde(skip)]
    pub(crate) about: Vec<(&'static str, Value)>,
}

impl Failure {
    pub(crate) const USAGE_EXIT: u8 = 64;
    pub(crate) const MANIFEST_EXIT: u8 = 65;
    const CANCELLED_EXIT: u8 = 125;

    pub(crate) fn new(exit: u8, code: Code, message: impl Into<Box<str>>) -> Self {
        Self { exit, code, message: message.into(), hint: None, finding: None, problems: Vec::new(), about: Vec::new() }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<Box<str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A run that did not succeed; none if it did.
    pub(crate) fn of_run(report: &RunReport) -> Option<Self> {
        let mut failure = match &report.outcome {
            RunOutcome::Succeeded { .. } => return None,
            RunOutcome::Failed { fault, undo } => {
                let mut message = fault.message.clone();
                if let Undo::Incomplete { left, .. } = undo {
                    message.push_str("\n  left behind: ");
                    message.push_str(&left.join(", "));
                }
                Self {
                    hint: fault.hint.clone().map(String::into_boxed_str),
                    finding: fault.finding.clone().map(Box::new),
                    ..Self::new(fault.exit_code.max(1), fault.code.clone(), message)
                }
            }
            _ => Self::from(eve::Cancel::error()),
        };
        failure.about.push(("run", json!(report.run)));
        if let Some(undo) = report.undo() {
            failure.about.push(("undo", json!(undo)));
        }
        Some(failure)
    }

    /// A run that is to be cancelled, and whose end nobody waits for any more.
    pub(crate) fn of_left(run: &RunHandle) -> Self {
        let text = format!("run {} of {} is to be cancelled, and is not over", run.id(), run.environment());
        let mut failure = Self { exit: Self::CANCELLED_EXIT, ..Self::from(eve::Cancel::error()) };
        failure.message = text.into();
        failure.about.push(("run", json!(run.id())));
        failure.with_hint("the next engine undoes what is left of it")
    }

    /// The word for it in a result.
    pub(crate) fn outcome(&self) -> &'static str {
        if self.exit == Self::CANCELLED_EXIT { "cancelled" } else { "failed" }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let failure = Self::new(error.exit_code(), error.code().clone(), error.chain());
        match error.hint() {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        let first = problems.first();
        let count = problems.errors().count();
        let text = format!("{} has {count} error{}", first.file, if count == 1 { "" } else { "s" });
        let hint = first.hint.clone().map(String::into_boxed_str);
        let failure = Self::new(Self::MANIFEST_EXIT, first.code.clone(), text);
        let problems: Vec<_> = problems.into_iter().collect();
        Self { hint, about: vec![("problems", json!(problems))], problems, ..failure }
    }
}
