//! Tests of gates.

use std::sync::Mutex;

use eve_core::{
    Digest, EnvironmentId, Expected, Incarnation, Object, ObjectName, ObjectState, Subject, Timestamp, Verdict, codes,
};
use futures_util::future::BoxFuture;

use super::*;

/// A clock that stands still until it is moved.
#[derive(Debug, Default)]
struct Clock(Mutex<Duration>);

impl Clock {
    fn pass(&self, millis: u64) {
        *self.0.lock().unwrap() += Duration::from_millis(millis);
    }
}

impl Env for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::default() + *self.0.lock().unwrap()
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::from_start(*self.0.lock().unwrap())
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        unreachable!("a gate never sleeps")
    }

    fn random(&self) -> u64 {
        0
    }

    fn spawn(&self, _: BoxFuture<'static, ()>) {
        unreachable!("a gate starts nothing")
    }
}

fn id() -> ObjectId {
    ObjectId::new("thing", ObjectName::new("web").unwrap())
}

fn hold(clock: &Clock, window: u64, within: u64) -> OpenGate {
    let instances = vec![Expected { object: id(), hash: Digest::of("new") }];
    let (window, within) = (Duration::from_millis(window), Duration::from_millis(within));
    OpenGate::new(0, &Gate::Hold { instances, window, within }, clock)
}

fn seen(state: ObjectState, verdict: Option<Verdict>) -> Observed {
    let object = Object::new(id(), Incarnation::new("1"), Digest::of("new"), state);
    let finding = |verdict| {
        let finding =
            Finding::new(codes::WORKLOAD_UNHEALTHY, Subject::object(&object), "it is ill", Timestamp::default());
        finding.with_verdict(verdict)
    };
    let mut seen = Observed::empty(EnvironmentId::parse("a/b/c").unwrap());
    seen.findings = verdict.map(finding).into_iter().collect();
    seen.objects = vec![object];
    seen
}

fn look(gate: &mut OpenGate, clock: &Clock, seen: &Observed) -> Look {
    gate.look(clock, Some(seen), &BTreeMap::new())
}

#[test]
fn a_break_in_readiness_begins_the_window_anew() {
    let clock = Clock::default();
    let mut gate = hold(&clock, 100, 10_000);
    let (ready, ill) = (seen(ObjectState::Ready, None), seen(ObjectState::NotReady, Some(Verdict::Wait)));
    assert!(matches!(look(&mut gate, &clock, &ready), Look::Wait(left) if left == Duration::from_millis(100)));
    clock.pass(90);
    assert!(matches!(look(&mut gate, &clock, &ill), Look::Wait(_)));
    clock.pass(90);
    assert!(matches!(look(&mut gate, &clock, &ready), Look::Wait(left) if left == Duration::from_millis(100)));
    clock.pass(99);
    assert!(matches!(look(&mut gate, &clock, &ready), Look::Wait(left) if left == Duration::from_millis(1)));
    clock.pass(1);
    assert!(matches!(look(&mut gate, &clock, &ready), Look::Passed));
}

#[test]
fn a_grace_ripens_without_a_new_observation() {
    let clock = Clock::default();
    let mut gate = hold(&clock, 0, 10_000);
    let ill = seen(ObjectState::NotReady, Some(Verdict::Grace(Duration::from_millis(700))));
    assert!(matches!(look(&mut gate, &clock, &ill), Look::Wait(again) if again <= Duration::from_millis(700)));
    clock.pass(700);
    assert!(matches!(look(&mut gate, &clock, &ill), Look::Failed(fault) if fault.code == codes::WORKLOAD_UNHEALTHY));
}

#[test]
fn a_deadline_tells_the_last_finding() {
    let clock = Clock::default();
    let mut gate = hold(&clock, 0, 50);
    let ill = seen(ObjectState::NotReady, Some(Verdict::Wait));
    assert!(matches!(look(&mut gate, &clock, &ill), Look::Wait(left) if left == Duration::from_millis(50)));
    clock.pass(50);
    let Look::Failed(fault) = look(&mut gate, &clock, &ill) else { panic!("its time is up") };
    assert_eq!((&fault.code, fault.exit_code), (&codes::DEADLINE_EXCEEDED, 124));
    assert_eq!(fault.finding.unwrap().code, codes::WORKLOAD_UNHEALTHY);
}

#[test]
fn nothing_is_judged_before_anything_was_seen() {
    let clock = Clock::default();
    let mut gate = hold(&clock, 0, 50);
    assert!(matches!(gate.look(&clock, None, &BTreeMap::new()), Look::Wait(_)));
}

#[test]
fn an_instance_that_somebody_else_removes_ends_the_wait() {
    let clock = Clock::default();
    let mut gate = hold(&clock, 5_000, 60_000);
    let ready = seen(ObjectState::Ready, None);
    let mut gone = ready.clone();
    gone.objects.clear();
    // One that was never there is waited for: its operation may not be seen yet.
    assert!(matches!(look(&mut gate, &clock, &gone), Look::Wait(_)));
    clock.pass(10_000);
    assert!(matches!(look(&mut gate, &clock, &gone), Look::Wait(_)));
    assert!(matches!(look(&mut gate, &clock, &ready), Look::Wait(_)));
    assert!(matches!(look(&mut gate, &clock, &gone), Look::Wait(_)));
    clock.pass(1_999);
    assert!(matches!(look(&mut gate, &clock, &gone), Look::Wait(_)));
    // A view that lagged behind is forgotten as soon as it is there again.
    assert!(matches!(look(&mut gate, &clock, &ready), Look::Wait(_)));
    assert!(matches!(look(&mut gate, &clock, &gone), Look::Wait(_)));
    clock.pass(2_000);
    let Look::Failed(fault) = look(&mut gate, &clock, &gone) else { panic!("it waits for what is gone") };
    assert_eq!(fault.code, codes::WORKLOAD_GONE);
}
