//! What a suite found.

use std::fmt;
use std::time::Duration;

use crate::Outcome;

/// What a suite found: one line a case.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// The suite's name.
    pub suite: &'static str,
    /// The cases, in the suite's order.
    pub lines: Vec<Line>,
}

/// One case of a report.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Line {
    /// The case's name.
    pub case: &'static str,
    /// Whether it passed, or why not.
    pub outcome: Outcome,
    /// How long it took, cleaning up not counted.
    pub elapsed: Duration,
}

impl Report {
    pub(crate) fn new(suite: &'static str) -> Self {
        Self { suite, lines: Vec::new() }
    }

    /// True if every case passed, and there was one.
    pub fn passed(&self) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|line| line.outcome.is_ok())
    }

    /// The names of the cases that failed.
    pub fn failed(&self) -> Vec<&'static str> {
        self.lines.iter().filter(|line| line.outcome.is_err()).map(|line| line.case).collect()
    }
}

impl Line {
    /// Panics with the reason if the case failed: how a test of the test framework ends.
    ///
    /// # Panics
    /// If the case failed.
    pub fn assert_passed(&self) {
        if let Err(failure) = &self.outcome {
            panic!("{}: {failure}", self.case);
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.elapsed.as_millis();
        match &self.outcome {
            Ok(()) => write!(f, "ok    {} ({millis} ms)", self.case),
            Err(failure) => write!(f, "FAIL  {} ({millis} ms): {failure}", self.case),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        let failed = self.failed().len();
        write!(f, "{}: {} passed, {failed} failed", self.suite, self.lines.len() - failed)
    }
}
