//! When instances count as ready, and when waiting for them is over.

use std::collections::BTreeMap;

use crate::{Expected, Finding, ObjectId, Observed, Timestamp};

/// How far a set of instances is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Readiness {
    /// All of them are ready.
    Ready,
    /// Some are not yet.
    Waiting {
        /// How many are ready.
        ready: usize,
        /// What is known of one that is not.
        last: Option<Finding>,
    },
    /// One of them will not become ready by itself.
    Failed(Box<Finding>),
}

/// Judges instances by what was observed.
///
/// An object, and a finding about it, counts only if its hash is the expected one and its version
/// is at least the one in `versions` (what the operation that made it returned): neither a stale
/// view nor an older revision can make a release ready or fail it.
pub fn readiness(
    expected: &[Expected],
    versions: &BTreeMap<ObjectId, u64>,
    seen: &Observed,
    now: Timestamp,
) -> Readiness {
    let floor = |object: &ObjectId| versions.get(object).copied().unwrap_or_default();
    let about = |want: &Expected, finding: &Finding| {
        finding.subject.instance.as_ref().is_some_and(|instance| instance.object == want.object)
            && finding.subject.hash.as_ref() == Some(&want.hash)
            && finding.subject.version >= floor(&want.object)
    };
    let mut ready = 0;
    let mut last: Option<Finding> = None;
    for want in expected {
        let current = seen.ours().find(|object| {
            object.id == want.object
                && object.hash.as_ref() == Some(&want.hash)
                && object.version >= floor(&want.object)
        });
        if current.is_some_and(|object| object.state.is_ready()) {
            ready += 1;
            continue;
        }
        for finding in seen.findings.iter().filter(|finding| about(want, finding)) {
            if finding.ends_a_wait(now) {
                return Readiness::Failed(Box::new(finding.clone()));
            }
            last = Some(finding.clone());
        }
    }
    if ready == expected.len() { Readiness::Ready } else { Readiness::Waiting { ready, last } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Digest, EnvironmentId, Incarnation, Object, ObjectName, ObjectState, Subject, codes};

    fn id() -> ObjectId {
        ObjectId::new("thing", ObjectName::new("a").unwrap())
    }

    fn seen(hash: &str, version: u64, state: ObjectState) -> Observed {
        let mut object = Object::new(id(), Incarnation::new("1"), Digest::of(hash), state);
        object.version = version;
        let finding = Finding::new(codes::WORKLOAD_CRASHED, Subject::object(&object), "it ended", Timestamp::default());
        let findings = if state.is_ready() { Vec::new() } else { vec![finding] };
        Observed { objects: vec![object], findings, ..Observed::empty(EnvironmentId::parse("a/b/c").unwrap()) }
    }

    fn judge(seen: &Observed) -> Readiness {
        let expected = [Expected { object: id(), hash: Digest::of("new") }];
        readiness(&expected, &BTreeMap::from([(id(), 5)]), seen, Timestamp::default())
    }

    #[test]
    fn only_the_expected_revision_at_its_version_is_ready() {
        assert_eq!(judge(&seen("new", 5, ObjectState::Ready)), Readiness::Ready);
        assert!(matches!(judge(&seen("new", 4, ObjectState::Ready)), Readiness::Waiting { ready: 0, last: None }));
        assert!(matches!(judge(&seen("old", 9, ObjectState::Ready)), Readiness::Waiting { ready: 0, last: None }));
    }

    #[test]
    fn only_a_finding_of_the_expected_revision_fails_it() {
        assert!(matches!(judge(&seen("new", 5, ObjectState::Starting)), Readiness::Failed(_)));
        assert!(matches!(judge(&seen("old", 9, ObjectState::Starting)), Readiness::Waiting { last: None, .. }));
        assert!(matches!(judge(&seen("new", 4, ObjectState::Starting)), Readiness::Waiting { last: None, .. }));
    }
}
