//! Problems in short, for tests.

use eve_manifest::{Problem, Severity};

/// Each problem as the last word of its code, `!` for an error and `?` for a warning, and its place.
pub(crate) fn brief<'p>(problems: impl IntoIterator<Item = &'p Problem>) -> Vec<String> {
    let one = |problem: &Problem| {
        let mark = if problem.severity == Severity::Warning { "?" } else { "!" };
        let code = problem.code.as_str().rsplit('.').next().unwrap_or_default();
        format!("{code}{mark} {}:{}", problem.line, problem.column)
    };
    problems.into_iter().map(one).collect()
}
