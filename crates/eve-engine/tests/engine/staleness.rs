//! Views that lag behind, and findings of others.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use eve_core::memory::MemoryRuntime;
use eve_core::{
    Addresses, Bound, Capabilities, CaptureEvidence, Change, Changes, EnvironmentId, Exit, Finding, LogItem,
    LogOptions, LogSubject, ObjectState, Observed, Op, OpCx, Owned, PreviewPlan, Result, Runtime, Subject, Timestamp,
    codes,
};
use futures_util::stream::{BoxStream, StreamExt as _};

use crate::bench::{Bench, fault_of, web};

/// A runtime whose watch shows, before everything that is true, something from long ago.
#[derive(Debug)]
struct StaleWatch(MemoryRuntime, fn(&mut Observed));

/// All was ready.
fn rosy(seen: &mut Observed) {
    seen.findings.clear();
    for object in &mut seen.objects {
        (object.version, object.state) = (0, ObjectState::Ready);
    }
}

/// All had crashed.
fn gloomy(seen: &mut Observed) {
    for object in &mut seen.objects {
        (object.version, object.state) = (0, ObjectState::Ended { exit: Exit::Code(1) });
    }
    let crash =
        |object| Finding::new(codes::WORKLOAD_CRASHED, Subject::object(object), "long ago", Timestamp::default());
    seen.findings = seen.objects.iter().map(crash).collect();
}

#[async_trait]
impl Runtime for StaleWatch {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Observed> {
        self.0.observe(env).await
    }

    fn plan(&self, want: &Bound, seen: &Observed, at: &dyn Addresses) -> Result<Changes> {
        self.0.plan(want, seen, at)
    }

    async fn perform(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        self.0.perform(op, cx).await
    }

    fn watch(&self, env: &EnvironmentId) -> BoxStream<'static, Result<Observed>> {
        let doctor = self.1;
        let twice = move |seen: Result<Observed>| {
            let seen = seen.unwrap();
            let mut stale = seen.clone();
            doctor(&mut stale);
            futures_util::stream::iter([Ok(stale), Ok(seen)])
        };
        self.0.watch(env).flat_map(twice).boxed()
    }

    fn logs(&self, who: &LogSubject, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        self.0.logs(who, how)
    }

    fn preview(&self) -> Option<&dyn PreviewPlan> {
        self.0.preview()
    }

    fn owned(&self) -> Option<&dyn Owned> {
        self.0.owned()
    }

    fn fencing(&self) -> Option<&dyn eve_core::Fencing> {
        self.0.fencing()
    }

    fn evidence(&self) -> Option<&dyn CaptureEvidence> {
        self.0.evidence()
    }
}

impl fmt::Display for StaleWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stale")
    }
}

#[tokio::test]
async fn a_stale_view_makes_no_crashing_release_ready() {
    let bench = Bench::with(|builder, bench| builder.runtime(Arc::new(StaleWatch(bench.runtime.clone(), rosy))));
    let report = bench.deploy(web(&["exit", "4"])).await;
    assert_eq!(fault_of(&report).code, codes::WORKLOAD_CRASHED);
    assert_eq!(bench.routes.calls().switch, 0);
}

#[tokio::test]
async fn a_view_from_before_the_change_makes_no_crashing_release_ready() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    bench.runtime.stale_for(3);
    let report = bench.deploy(web(&["exit", "4"])).await;
    assert_eq!(fault_of(&report).code, codes::WORKLOAD_CRASHED);
    assert_eq!(bench.status().await, "ready");
}

#[tokio::test]
async fn an_older_instances_crash_does_not_fail_its_successor() {
    let bench = Bench::with(|builder, bench| builder.runtime(Arc::new(StaleWatch(bench.runtime.clone(), gloomy))));
    bench.succeed(web(&["serve-after", "50"])).await;
    let old = bench.instances("web").await.remove(0);
    bench.runtime.kill(&bench.shop, &old.id, Exit::Code(7));
    // The successor has the same name and hash.
    bench.succeed(web(&["serve-after", "50"])).await;
}

#[tokio::test]
async fn an_older_releases_crash_during_a_deploy_does_not_fail_the_next() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    let old = bench.instances("web").await.remove(0);
    let run = bench.begin(web(&["serve-after", "100"])).await;
    bench.until("both releases", async || bench.instances("web").await.len() == 2).await;
    bench.runtime.kill(&bench.shop, &old.id, Exit::Code(7));
    let report = bench.end(&run).await;
    assert!(report.outcome.is_success(), "{:?}", report.outcome);
    assert_eq!(bench.instances("web").await.len(), 1);
}
