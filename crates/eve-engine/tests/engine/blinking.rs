//! Backends that cannot be reached now and then.

use std::sync::Arc;

use eve_core::wrap::{Fault, Faulty, Method, When};

use crate::bench::{Bench, job, web, with_jobs};

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
