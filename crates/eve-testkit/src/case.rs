//! One behaviour that a backend has to show.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;

use crate::{Line, Outcome, Report};

/// One behaviour that a backend has to show, on a fresh backend of a harness `H`.
pub struct Case<H: ?Sized> {
    /// Its name: a sentence.
    pub name: &'static str,
    pub(crate) run: fn(Arc<H>) -> BoxFuture<'static, (Outcome, Duration)>,
}

impl<H: ?Sized> Case<H> {
    /// Runs it.
    pub async fn run(&self, harness: Arc<H>) -> Line {
        let began = Instant::now();
        let (outcome, cleaning) = (self.run)(harness).await;
        Line { case: self.name, outcome, elapsed: began.elapsed().saturating_sub(cleaning) }
    }
}

impl<H: ?Sized> fmt::Debug for Case<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Case({})", self.name)
    }
}

/// Runs cases one after another.
pub(crate) async fn run_all<H: ?Sized>(suite: &'static str, cases: &[Case<H>], harness: &Arc<H>) -> Report {
    let mut report = Report::new(suite);
    for case in cases {
        report.lines.push(case.run(harness.clone()).await);
    }
    report
}
