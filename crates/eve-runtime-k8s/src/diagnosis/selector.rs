//! Labels and what selects them.

use std::collections::BTreeMap;

type Labels = BTreeMap<String, String>;

/// True if the labels hold everything that is asked for.
pub(super) fn holds(labels: Option<&Labels>, wanted: &Labels) -> bool {
    wanted.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
}

/// Labels as they are written on command lines.
pub(super) fn text(labels: &Labels) -> String {
    let pairs: Vec<_> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(",")
}
