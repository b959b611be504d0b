//! `eve cleanup`.

use std::fmt::Write as _;

use eve::{CleanUp, CleanUpReport, Embedded};

use crate::app::App;
use crate::failure::Failure;
use crate::interrupts::Interrupts;
use crate::writing::Answer;

/// Removes what builds made and no environment of this state directory needs.
pub(crate) async fn cleanup(app: &App, dry_run: bool) -> Result<Answer, Failure> {
    let place = app.place()?;
    let mut interrupts = Interrupts::listen()?;
    let embedded = interrupts.end(Box::pin(Embedded::open(place.config("eve cleanup")))).await?;
    let cleaned = interrupts.end(embedded.engine().clean_up(CleanUp::new().with_dry_run(dry_run))).await;
    embedded.leave().await;
    let report = cleaned?;
    let answer = Answer::ok(text(&report)).with("dry_run", report.dry_run).with("freed_bytes", report.freed_bytes());
    Ok(answer.with("removed", &report.removed).with("kept", &report.kept))
}

fn text(report: &CleanUpReport) -> String {
    let mut text = String::new();
    for kept in &report.kept {
        let why: Vec<_> = kept.kept_for.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "kept     {}  {}", kept.owned.artifact, why.join("; "));
    }
    let done = if report.dry_run { "to go   " } else { "removed " };
    for one in &report.removed {
        let size = one.bytes.map(|bytes| format!("  {} kB", bytes.div_ceil(1000))).unwrap_or_default();
        let _ = writeln!(text, "{done} {}{size}", one.artifact);
    }
    let (count, size) = (report.removed.len(), report.freed_bytes().div_ceil(1000));
    let verb = if report.dry_run { "would go" } else { "removed" };
    let _ = write!(text, "{count} of {} {verb}, {size} kB", count + report.kept.len());
    text
}
