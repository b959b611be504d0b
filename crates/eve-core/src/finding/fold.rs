//! Root causes first, what follows from them beneath.

use std::collections::{BTreeSet, VecDeque};

use super::{Finding, Place};
use crate::{Code, codes};

/// What says how things are, and not why. Of two on one chain, the later in this list explains the earlier.
const SYMPTOMS: &[Code] = &[
    codes::SERVICE_NONE_READY,
    codes::SERVICE_NO_MATCH,
    codes::ROLLOUT_AUTOSCALER,
    codes::ROLLOUT_PROGRESS_DEADLINE,
    codes::ROLLOUT_UNSEEN,
    codes::JOB_BACK_OFF_LIMIT,
    codes::JOB_FAILURE_POLICY,
    codes::JOB_FAILED,
    codes::JOB_DEADLINE,
    codes::WORKLOAD_NOT_READY,
    codes::WORKLOAD_STUCK_TERMINATING,
    codes::SCHEDULING_VOLUME_UNBOUND,
    codes::SCHEDULING_VOLUME_PLACE,
    codes::VOLUME_MOUNT_FAILED,
    codes::VOLUME_ATTACH_FAILED,
    codes::VOLUME_UNBOUND,
    codes::WORKLOAD_NOT_MADE,
];

/// What stands beside other findings at its place and explains none of them.
const BESIDE: &[Code] =
    &[codes::SERVICE_NO_LOAD_BALANCER, codes::SERVICE_PORT_UNDECLARED, codes::NETWORK_POLICY_CANDIDATE];

/// What one attempt of several says: the whole explains it where the whole has failed.
const TRIES: &[Code] = &[codes::ATTEMPT_FAILED];
const WHOLES: &[Code] = &[codes::JOB_BACK_OFF_LIMIT, codes::JOB_FAILURE_POLICY, codes::JOB_DEADLINE, codes::JOB_FAILED];

/// Puts symptoms beneath what explains them, and the worst first.
///
/// `relies_on` names what a place relies on directly: what it owns, selects, mounts or runs on. A
/// symptom goes beneath a cause at its own place or at one that it relies on, however far. Equal
/// findings about instances of one owner, which `siblings` tells, are one: the first stands for
/// all. A symptom that nothing explains stays where it is, and so does one that is a failure where
/// its cause is none. Nothing is dropped.
pub fn fold_findings(
    mut findings: Vec<Finding>,
    relies_on: impl Fn(&Place) -> Vec<Place>,
    siblings: impl Fn(&Place, &Place) -> bool,
) -> Vec<Finding> {
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    let reach: Vec<BTreeSet<Place>> = findings.iter().map(|finding| reachable(finding, &relies_on)).collect();
    let chosen: Vec<Option<usize>> = (0..findings.len())
        .map(|at| explanation(at, &findings, &reach).or_else(|| twin(at, &findings, &siblings)))
        .collect();
    let roots: Vec<usize> = (0..findings.len()).map(|at| root(at, &chosen)).collect();

    let mut folded: Vec<_> = findings.into_iter().map(Some).collect();
    for (at, &root) in roots.iter().enumerate().filter(|(at, root)| at != *root) {
        let symptom = folded[at].take();
        if let Some(root) = &mut folded[root] {
            root.symptoms.extend(symptom);
        }
    }
    let mut folded: Vec<_> = folded.into_iter().flatten().collect();
    folded.sort_by_key(|finding| finding.verdict.rank());
    folded
}

/// The worst first, then causes, then who is first by name.
fn order(finding: &Finding) -> (u8, usize, Option<&Place>, &str) {
    let depth = weight(&finding.code).map_or(0, |weight| SYMPTOMS.len() - weight);
    let depth = if BESIDE.contains(&finding.code) { SYMPTOMS.len() + 1 } else { depth };
    (finding.verdict.rank(), depth, finding.subject.place.as_ref(), finding.code.as_str())
}

/// How near to a cause a symptom is; none for a cause.
fn weight(code: &Code) -> Option<usize> {
    SYMPTOMS.iter().position(|symptom| symptom == code)
}

/// Everything that a finding's place relies on, itself included.
fn reachable(finding: &Finding, relies_on: &impl Fn(&Place) -> Vec<Place>) -> BTreeSet<Place> {
    let mut seen = BTreeSet::new();
    let mut next: VecDeque<_> = finding.subject.place.iter().map(Place::whole).collect();
    while let Some(place) = next.pop_front() {
        if seen.insert(place.clone()) {
            next.extend(relies_on(&place).iter().map(Place::whole));
        }
    }
    seen
}

/// The best finding that explains this one.
fn explanation(at: usize, findings: &[Finding], reach: &[BTreeSet<Place>]) -> Option<usize> {
    let explains =
        |cause: &usize| *cause != at && is_explained_by(&findings[at], &reach[at], &findings[*cause], &reach[*cause]);
    (0..findings.len()).filter(explains).min_by_key(|&cause| {
        let depth = weight(&findings[cause].code).map_or(0, |weight| SYMPTOMS.len() - weight);
        (findings[cause].verdict.rank(), depth, reach[cause].len(), cause)
    })
}

fn is_explained_by(one: &Finding, below: &BTreeSet<Place>, other: &Finding, beside: &BTreeSet<Place>) -> bool {
    if BESIDE.contains(&other.code) || (one.verdict.is_failure() && !other.verdict.is_failure()) {
        return false;
    }
    let (Some(place), Some(cause)) = (&one.subject.place, &other.subject.place) else { return false };
    if TRIES.contains(&one.code) {
        return WHOLES.contains(&other.code) && beside.contains(&place.whole());
    }
    if TRIES.contains(&other.code) && WHOLES.contains(&one.code) {
        return false;
    }
    let later = match (weight(&one.code), weight(&other.code)) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(one), Some(other)) => one < other,
    };
    later && below.contains(&cause.whole())
}

/// The first finding that says the same of an instance of the same owner.
fn twin(at: usize, findings: &[Finding], siblings: &impl Fn(&Place, &Place) -> bool) -> Option<usize> {
    let one = &findings[at];
    let place = one.subject.place.as_ref()?;
    (0..at).find(|&first| {
        let other = &findings[first];
        let Some(beside) = &other.subject.place else { return false };
        other.code == one.code && beside.container == place.container && siblings(beside, place)
    })
}

/// The end of the chain of explanations: they are without circles, since each step leads to what
/// is nearer to a cause, or to an earlier one of the same kind.
fn root(mut at: usize, chosen: &[Option<usize>]) -> usize {
    for _ in 0..chosen.len() {
        match chosen[at] {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

#[cfg(test)]
mod tests;
