//! What whoever holds children promises to all who ask, here and behind a channel.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use eve_core::control::{Channel, Message, PartName};
use eve_core::desired::Port;
use eve_core::{
    Body, Cancel, ChangeOutcome, Error, Fence, LogItem, LogOptions, LogSource, Op, Result, Runtime as _, codes,
};
use eve_runtime_process::{
    ChildHolder, ChildId, ChildPort, ChildSpec, ChildrenPart, Environment, Mandate, ProcessHost, RemoteChildren,
};
use futures_util::future::join_all;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::watch;

use crate::place::{Dir, PATIENCE, Place, channel, config, environment, fixture, lines, part, service};

fn mandate(fence: u64) -> Mandate {
    Mandate::new(environment(), Fence::new(fence))
}

fn spec(name: &str, arguments: &[&str]) -> ChildSpec {
    let argv = [fixture().to_str().unwrap()].iter().chain(arguments).map(ToString::to_string).collect();
    let id = ChildId::new(format!("instances/shop/{name}")).unwrap();
    ChildSpec::new(id, Body::of(&name).unwrap(), LogSource::new(name), argv, Environment::new("/usr/bin:/bin"))
}

struct Held {
    dir: Dir,
    part: ChildrenPart,
}

impl Held {
    async fn new() -> Self {
        let dir = Dir::new();
        Self { part: part(config(dir.path())).await, dir }
    }

    /// The same children, directly and through a channel.
    fn both(&self) -> [Arc<dyn ChildHolder>; 2] {
        [Arc::new(self.part.children().clone()), Arc::new(RemoteChildren::new(channel(&self.part)))]
    }
}

/// A channel whose other side goes away when it is told so, and is back at once.
#[derive(Debug)]
struct Cut {
    through: Mutex<Arc<dyn Channel>>,
    cuts: watch::Sender<u32>,
}

impl Cut {
    fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    fn through(&self) -> Arc<dyn Channel> {
        self.through.lock().unwrap().clone()
    }
}

#[async_trait]
impl Channel for Cut {
    async fn call(&self, part: &PartName, request: Message, cancel: &Cancel) -> Result<Message> {
        self.through().call(part, request, cancel).await
    }

    fn stream(&self, part: &PartName, request: Message) -> BoxStream<'static, Result<Message>> {
        let mut cuts = self.cuts.subscribe();
        let was_cut = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&was_cut);
        let cut = async move { noted.store(cuts.changed().await.is_ok(), Ordering::SeqCst) };
        let lost = stream::once(async move {
            let error = || Err(Error::unavailable(codes::SUPERVISOR_LOST, "it was cut"));
            was_cut.load(Ordering::SeqCst).then(error)
        });
        let lost = lost.filter_map(std::future::ready);
        self.through().stream(part, request).take_until(cut).chain(lost).boxed()
    }
}

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a channel that is cut")
    }
}

#[tokio::test]
async fn after_a_token_was_raised_an_older_one_changes_nothing() {
    let held = Held::new().await;
    let [here, behind] = held.both();
    here.start(spec("web", &["wait"]), &mandate(1)).await.unwrap();
    behind.raise(&mandate(2)).await.unwrap();
    let id = spec("web", &[]).id;
    for holder in [here, behind] {
        let start = holder.start(spec("late", &["wait"]), &mandate(1)).await.map(drop);
        let again = holder.start(spec("web", &["wait"]), &mandate(1)).await.map(drop);
        let stop = holder.stop(&id, Duration::ZERO, &mandate(1)).await.map(drop);
        let release = holder.release(&id, eve_runtime_process::Remains::Removed, &mandate(1)).await.map(drop);
        let raise = holder.raise(&mandate(1)).await;
        for refused in [start, again, stop, release, raise] {
            assert_eq!(refused.unwrap_err().code(), &codes::LEASE_LOST);
        }
        let [only] = holder.list("").await.unwrap().try_into().unwrap();
        assert!(only.id == id && !only.state.is_final());
    }
    assert!(!held.dir.path().join("instances/shop/late").exists());
}

#[tokio::test]
async fn whoever_starts_while_a_token_is_raised_is_listed_or_refused() {
    let held = Held::new().await;
    let [here, behind] = held.both();
    for round in 1..=20 {
        let name = format!("web-{round}");
        let (under, next) = (mandate(2 * round), mandate(2 * round + 1));
        let start = here.start(spec(&name, &["wait"]), &under);
        let look = async {
            behind.raise(&next).await.unwrap();
            behind.list("").await.unwrap().iter().any(|status| status.id == spec(&name, &[]).id)
        };
        let (started, listed) = tokio::join!(start, look);
        assert_eq!(started.is_ok(), listed, "{started:?}");
    }
}

#[tokio::test]
async fn a_slot_is_taken_by_one_live_child() {
    let held = Held::new().await;
    let [here, behind] = held.both();
    let named = |name: &str| {
        let mut spec = spec(name, &["wait"]);
        spec.slot = Some("shop/web".to_owned());
        spec
    };
    let starts = (0..16).map(|n| {
        let holder = if n % 2 == 0 { here.clone() } else { behind.clone() };
        async move { holder.start(named(&format!("web@{n}")), &mandate(1)).await.unwrap() }
    });
    let begun = join_all(starts).await;
    assert_eq!(begun.iter().filter(|begun| begun.new).count(), 1);
    assert_eq!(begun.iter().map(|begun| begun.status.id.clone()).collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(held.dir.marked("").len(), 1);
    here.stop(&begun[0].status.id, Duration::from_secs(5), &mandate(1)).await.unwrap();
    assert!(behind.start(named("web@next"), &mandate(1)).await.unwrap().new);
}

#[tokio::test]
async fn a_child_that_is_started_again_is_found_even_after_its_end() {
    let held = Held::new().await;
    let [here, behind] = held.both();
    assert!(here.start(spec("once", &["exit", "3"]), &mandate(1)).await.unwrap().new);
    let again = behind.start(spec("once", &["exit", "3"]), &mandate(1)).await.unwrap();
    assert!(!again.new);
}

#[tokio::test]
async fn two_engines_are_never_given_one_port() {
    let held = Held::new().await;
    let engine = || async { ProcessHost::attach(config(held.dir.path()), channel(&held.part)).await.unwrap() };
    let (one, two) = (engine().await.children(), engine().await.children());
    let starts = (0..40).map(|n| {
        let holder = if n % 2 == 0 { one.clone() } else { two.clone() };
        let mut spec = spec(&format!("web-{n}"), &["wait"]);
        spec.ports = vec![ChildPort { number: 80, fixed: None }, ChildPort { number: 81, fixed: None }];
        async move { holder.start(spec, &mandate(1)).await.unwrap().status.addresses }
    });
    let given: Vec<_> = join_all(starts).await.iter().flat_map(|given| given.values().cloned()).collect();
    assert_eq!((given.len(), given.iter().collect::<BTreeSet<_>>().len()), (80, 80));
    // None of them listens, so only whoever gave it knows that it is taken.
    let mut fixed = spec("fixed", &["wait"]);
    fixed.ports = vec![ChildPort { number: 80, fixed: Some(given[0].port) }];
    assert_eq!(two.start(fixed, &mandate(1)).await.unwrap_err().code(), &codes::PORT_TAKEN);
}

#[tokio::test]
async fn an_operation_that_two_engines_perform_makes_one_instance() {
    let held = Held::new().await;
    let config = config(held.dir.path());
    let one = ProcessHost::attach(config.clone(), channel(&held.part)).await.unwrap();
    let two = ProcessHost::attach(config, channel(&held.part)).await.unwrap();
    let Held { dir, part: _part } = held;
    let place = Place::around(dir, one);
    let mut web = service(&["serve"]);
    web.ports.push(Port::tcp(80));
    let want = place.bound([("web", web)]).await;
    let op = place.plan(&want).await.unwrap().ensure.remove(0);
    let (first, second) = (place.cx(&op), place.cx(&op));
    let other = two.runtime();
    let done = tokio::join!(place.runtime.perform(&op, &first), other.perform(&op, &second));
    let (first, second) = (done.0.unwrap(), done.1.unwrap());
    assert_eq!(first.incarnation, second.incarnation);
    let outcomes = [first.outcome, second.outcome];
    assert!(outcomes.contains(&ChangeOutcome::Created) && outcomes.contains(&ChangeOutcome::Unchanged));
    let object = Place::only(&place.ready().await);
    assert_eq!(Place::only(&other.observe(&place.env).await.unwrap()), object);
    let capabilities = other.capabilities();
    assert!(capabilities.survives_engine && capabilities.fences);
    place.perform(&Op::delete(&object, "a test")).await.unwrap();
}

#[tokio::test]
async fn a_watch_goes_on_behind_a_lost_holder() {
    let held = Held::new().await;
    let cut = Arc::new(Cut { through: Mutex::new(channel(&held.part)), cuts: watch::channel(0).0 });
    let remote = RemoteChildren::new(cut.clone());
    let mut changes = remote.watch();
    let going = async {
        let first = changes.next().await.unwrap().unwrap();
        cut.cut();
        assert_eq!(changes.next().await.unwrap().unwrap_err().code(), &codes::SUPERVISOR_LOST);
        let again = changes.next().await.unwrap().unwrap();
        assert!(again >= first);
        remote.start(spec("web", &["wait"]), &mandate(1)).await.unwrap();
        while changes.next().await.unwrap().unwrap() == again {}
    };
    tokio::time::timeout(PATIENCE, going).await.expect("the watch goes on");
}

#[tokio::test]
async fn a_log_is_read_on_behind_a_lost_holder_without_a_line_too_much() {
    let held = Held::new().await;
    let cut = Arc::new(Cut { through: Mutex::new(channel(&held.part)), cuts: watch::channel(0).0 });
    let remote = RemoteChildren::new(cut.clone());
    remote.start(spec("web", &["print", "2000"]), &mandate(1)).await.unwrap();
    let how = LogOptions::default().with_follow(true);
    let mut items = remote.logs(&spec("web", &[]).id, &how);
    let mut read: Vec<LogItem> = Vec::new();
    let reading = async {
        while let Some(item) = items.next().await {
            read.push(item.unwrap());
            if read.len().is_multiple_of(500) {
                cut.cut();
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("the log ends");
    assert_eq!(lines(&read), (1..=2000).map(|n| format!("line {n}")).collect::<Vec<_>>());
    assert!(matches!(read.last(), Some(LogItem::Ended { .. })));
}

#[tokio::test]
async fn a_message_that_is_not_understood_changes_nothing() {
    let held = Held::new().await;
    let channel = channel(&held.part);
    let name = ChildrenPart::NAME;
    for text in ["{", "{\"explode\":{}}", "{\"list\":{\"below\":\"\",\"above\":\"\"}}", "{\"start\":{}}", "\"watch\""] {
        let answer = channel.call(&name, Message::from_text(text), &Cancel::new()).await;
        assert_eq!(answer.unwrap_err().code(), &codes::CONTROL_MALFORMED, "{text}");
        if text != "\"watch\"" {
            let mut items = channel.stream(&name, Message::from_text(text));
            let error = items.next().await.unwrap().unwrap_err();
            assert_eq!(error.code(), &codes::CONTROL_MALFORMED, "{text}");
            assert!(items.next().await.is_none());
        }
    }
    assert_eq!(held.part.children().list("").await.unwrap(), []);
}

#[tokio::test]
async fn a_part_is_idle_while_nothing_of_it_lives() {
    use eve_core::control::Part as _;
    let held = Held::new().await;
    assert!(held.part.is_idle());
    held.part.children().start(spec("web", &["wait"]), &mandate(1)).await.unwrap();
    assert!(!held.part.is_idle());
    held.part.shut_down().await;
    assert!(held.part.is_idle() && held.dir.marked("").is_empty());
}
