//! Backends that cannot be reached now and then.

use std::sync::Arc;
use std::time::Duration;

use eve_core::wrap::{Fault, Faulty, Method, When};

use crate::bench::{Bench, job, sandbox, service_name, web, with_jobs};

#[tokio::test]
async fn a_gap_in_what_is_watched_ends_no_wait() {
    let gap = [When::Before, When::After].map(|when| Fault::new(Method::RuntimeWatch, 1, when));
    for fault in gap {
        let bench =
            Bench::with(|builder, bench| builder.runtime(Arc::new(Faulty::new(bench.runtime.clone(), [fault]))));
        bench.succeed(web(&["serve-after", "20"])).await;
    }
}

#[tokio::test]
async fn a_backend_that_cannot_be_asked_makes_health_unknown() {
    // Observations: 1 plans the deploy, 2 is the question.
    let fault = Fault::new(Method::RuntimeObserve, 2, When::Before);
    let bench = Bench::with(|builder, bench| builder.runtime(Arc::new(Faulty::new(bench.runtime.clone(), [fault]))));
    bench.succeed(web(&["serve"])).await;
    assert_eq!(bench.status().await, "unknown");
    assert_eq!(bench.status().await, "ready");
}

#[tokio::test]
async fn a_journal_that_blinks_at_any_append_fails_no_deploy() {
    for when in [When::Before, When::After] {
        for nth in 1.. {
            let fault = Fault::new(Method::JournalAppend, nth, when);
            let mut journal = None;
            let bench = Bench::with(|builder, bench| {
                let faulty = Arc::new(Faulty::new(bench.journal.clone(), [fault]));
                journal = Some(faulty.clone());
                builder.journal(faulty)
            });
            let report = bench.deploy(with_jobs(web(&["serve"]), &[("migrate", job(&["print", "x"]))])).await;
            assert!(report.outcome.is_success(), "append {nth}, {when:?}: {:?}", report.outcome);
            assert_eq!((bench.status().await.as_str(), bench.ledger().await), ("ready", vec!["healthy"]));
            let kinds = bench.kinds(&report.run).await;
            for once in ["run.started", "run.released", "attempt.ended", "run.ended"] {
                assert_eq!(kinds.iter().filter(|kind| *kind == once).count(), 1, "append {nth}, {when:?}: {once}");
            }
            if journal.unwrap().calls(Method::JournalAppend) < nth {
                assert!(nth > 10);
                break;
            }
        }
    }
}

#[tokio::test]
async fn routes_that_blink_forget_every_drain_all_the_same() {
    for when in [When::Before, When::After] {
        let mut routes = None;
        let bench = Bench::with(|builder, bench| {
            let faulty = Arc::new(Faulty::new(bench.routes.clone(), [Fault::new(Method::RoutesForget, 1, when)]));
            routes = Some(faulty.clone());
            builder.routes(faulty)
        });
        bench.succeed(web(&["serve"])).await;
        bench.succeed(web(&["serve-after", "0"])).await;
        let routes = routes.unwrap();
        assert_eq!(routes.calls(Method::RoutesForget), routes.calls(Method::RoutesDrain) + 1, "{when:?}");
    }
}

#[tokio::test]
async fn a_backend_that_blinks_at_any_call_of_a_run_fails_no_deploy() {
    let methods = [
        Method::RuntimeObserve,
        Method::RuntimePerform,
        Method::RoutesAddress,
        Method::RoutesObserve,
        Method::RoutesPrepare,
        Method::RoutesSwitch,
        Method::RoutesDrain,
        Method::RoutesForget,
        Method::RunnerOwned,
        Method::RunnerStart,
        Method::RunnerWatch,
        Method::RunnerForget,
    ];
    let shop = |argv: &[&str]| {
        let mut shop = with_jobs(web(argv), &[("migrate", job(&["print", "x"]))]);
        sandbox(&mut shop).desired.services.get_mut(&service_name("web")).unwrap().rollout.window =
            Some(Duration::ZERO);
        shop
    };
    for method in methods {
        for (nth, when) in [(1, When::Before), (1, When::After), (2, When::Before), (2, When::After)] {
            let fault = [Fault::new(method, nth, when)];
            let mut called: Option<Box<dyn Fn() -> u32>> = None;
            let bench = Bench::with(|builder, bench| {
                let runtime = Arc::new(Faulty::new(bench.runtime.clone(), fault.clone()));
                let routes = Arc::new(Faulty::new(bench.routes.clone(), fault.clone()));
                let runner = Arc::new(Faulty::new(bench.runner.clone(), fault.clone()));
                let (a, b, c) = (runtime.clone(), routes.clone(), runner.clone());
                called = Some(Box::new(move || a.calls(method) + b.calls(method) + c.calls(method)));
                builder.runtime(runtime).routes(routes).runner(runner)
            });
            for argv in [["serve-after", "0"], ["serve-after", "1"], ["serve-after", "2"]] {
                let report = bench.deploy(shop(&argv)).await;
                assert!(report.outcome.is_success(), "{method} {nth} {when:?}: {:?}", report.outcome);
            }
            assert!(called.unwrap()() >= nth, "{method} was not called {nth} times");
            assert_eq!((bench.status().await.as_str(), bench.ledger().await), ("ready", vec!["healthy"; 3]));
            let leftovers = bench.engine.leftovers(&bench.shop).await.unwrap();
            assert!(leftovers.attempts.is_empty(), "{method} {nth} {when:?}: {leftovers:?}");
            assert_eq!(bench.instances("web").await.len(), 1);
        }
    }
}
