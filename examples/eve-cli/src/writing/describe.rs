//! Health, findings and faults in words.

use std::fmt::Write as _;

use eve::event::Fault;
use eve::{Evidence, Finding, Health, LossGrade};

/// How an environment is.
pub(crate) fn health(health: &Health) -> String {
    let mut out = format!("{}\n", health.status);
    if let Some(release) = &health.release {
        let _ = writeln!(out, "  release  {release}");
    }
    if let Some(run) = &health.active_run {
        let _ = writeln!(out, "  run      {run} is active");
    }
    for (name, service) in &health.services {
        let _ = writeln!(out, "  service  {name}: {} of {} ready", service.ready, service.wanted);
    }
    out
}

/// What becomes of a key, in a word.
pub(crate) fn grade(lost: Option<LossGrade>) -> &'static str {
    lost.map_or("exact", LossGrade::as_str)
}

/// What is wrong, and how that is known.
pub(crate) fn finding(finding: &Finding) -> String {
    let mut out = format!("{finding}\n");
    if let Some(service) = &finding.subject.service {
        let _ = writeln!(out, "  service: {service}");
    }
    if let Some(instance) = &finding.subject.instance {
        let _ = writeln!(out, "  instance: {instance}");
    }
    let _ = writeln!(out, "  since: {}", finding.since);
    out.push_str(&evidence(finding));
    if let Some(hint) = &finding.hint {
        let _ = writeln!(out, "  hint: {hint}");
    }
    out
}

/// Why something failed.
pub(crate) fn fault(fault: &Fault) -> String {
    let mut out = format!("{fault}\n");
    if let Some(finding) = &fault.finding {
        out.push_str(&evidence(finding));
    }
    if let Some(hint) = &fault.hint {
        let _ = writeln!(out, "  hint: {hint}");
    }
    out
}

/// How a condition is known.
pub(super) fn evidence(finding: &Finding) -> String {
    let mut out = String::new();
    for evidence in &finding.evidence {
        let _ = match evidence {
            Evidence::Exit { exit, restarts } => writeln!(out, "  ended: {exit}, after {restarts} restarts"),
            Evidence::LogTail { lines, .. } if lines.is_empty() => Ok(()),
            Evidence::LogTail { source, lines } => {
                let _ = writeln!(out, "  last lines of {source}:");
                lines.iter().try_for_each(|line| writeln!(out, "    | {}", harmless(line)))
            }
            Evidence::Probe { answer } => writeln!(out, "  probe: {}", harmless(answer)),
            Evidence::Field { path, value } => writeln!(out, "  {path}: {}", harmless(value)),
            Evidence::Event { reason, message, count, last } => {
                let times = if *count > 1 { format!(", {count} times, last {last}") } else { format!(", {last}") };
                writeln!(out, "  event {reason}{times}: {}", harmless(message))
            }
            other => writeln!(out, "  {other:?}"),
        };
    }
    out
}

/// Text of a workload goes to terminals: what steers one is replaced.
pub(super) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_terminal_is_not_steered_by_a_workload() {
        assert_eq!(harmless("a\u{1b}[2Jb\tc"), "a\u{fffd}[2Jb\tc");
    }
}
