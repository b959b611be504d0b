//! What cannot be honoured, said aloud.

use serde::{Deserialize, Serialize};

use crate::{Code, Origin, Origins};

/// A key that a backend or language honours only in part. A plan lists all of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Loss {
    /// The value's path (`services.web.resources.limits.cpu`).
    pub path: String,
    /// How much is lost.
    pub grade: LossGrade,
    /// How, or why, in one sentence.
    pub reason: String,
    /// The code, where the loss is one of a known kind.
    pub code: Option<Code>,
}

impl Loss {
    /// A loss at a path.
    pub fn new(path: impl Into<String>, grade: LossGrade, reason: impl Into<String>) -> Self {
        Self { path: path.into(), grade, reason: reason.into(), code: None }
    }
}

/// How much of what was asked for is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LossGrade {
    /// Nearly the same is done.
    Approximated,
    /// Nothing is done.
    Ignored,
    /// The plan is refused.
    Refused,
}

impl LossGrade {
    /// The grade in a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approximated => "approximated",
            Self::Ignored => "ignored",
            Self::Refused => "refused",
        }
    }
}

/// What becomes of one key that somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeyReport {
    /// The value's path.
    pub path: String,
    /// Where it stands.
    pub origin: Origin,
    /// How much of it is lost; nothing if it is honoured exactly.
    pub lost: Option<LossGrade>,
    /// How, or why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What becomes of every key that somebody wrote, in the order of their paths, and of what is lost beside those.
///
/// A key is honoured exactly where no loss is told of it, of what it is a part of, or of a part of it.
pub fn key_reports(origins: &Origins, losses: &[Loss]) -> Vec<KeyReport> {
    let covers = |loss: &Loss, path: &str| is_within(path, &loss.path) || is_within(&loss.path, path);
    let exact =
        origins.iter().filter(|(path, origin)| origin.is_written() && !losses.iter().any(|loss| covers(loss, path)));
    let exact = exact.map(|(path, origin)| KeyReport {
        path: path.into_owned(),
        origin: origin.clone(),
        lost: None,
        reason: None,
    });
    let lost = losses.iter().map(|loss| KeyReport {
        path: loss.path.clone(),
        origin: origins.of(&loss.path).clone(),
        lost: Some(loss.grade),
        reason: Some(loss.reason.clone()),
    });
    let mut reports: Vec<_> = exact.chain(lost).collect();
    reports.sort_by(|a, b| a.path.cmp(&b.path));
    reports
}

/// True for a path at or below another one.
fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_honoured_exactly_where_nothing_of_it_is_lost() {
        let at = |line| Origin::File { file: "m.yaml".into(), line, column: 1 };
        let mut origins = Origins::default();
        origins.insert("services.web", at(1));
        origins.insert("services.web.ports.0", at(2));
        origins.insert("services.web.ports.1", Origin::Default);
        origins.insert("services.web.resources.limits", at(3));
        origins.insert("services.webs", at(4));
        let losses = [Loss::new("services.web.resources.limits.cpu", LossGrade::Ignored, "nothing bounds it")];
        let found: Vec<_> = key_reports(&origins, &losses)
            .into_iter()
            .map(|one| format!("{} {} {:?}", one.path, one.origin, one.lost))
            .collect();
        let expected = [
            "services.web.ports.0 m.yaml:2:1 None",
            "services.web.resources.limits.cpu m.yaml:3:1 Some(Ignored)",
            "services.webs m.yaml:4:1 None",
        ];
        assert_eq!(found, expected);
    }
}
