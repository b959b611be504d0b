//! A journal that is full for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use eve_core::event::RunOutcome;
use eve_core::wrap::{Around, Call, Method, Wrap};
use eve_core::{Error, LedgerResult, Result, codes};
use futures_util::future::BoxFuture;

use crate::bench::{Bench, fault_of, job, web, with_jobs};
use crate::clock::HastyEnv;
use crate::state::check;

/// Appends that still fit; then nothing can be written, until there is room again.
#[derive(Debug, Clone)]
struct Room(Arc<AtomicI64>);

impl Around for Room {
    async fn call<'a, T: Send + 'a>(
        &'a self,
        call: Call<'a>,
        work: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        let left = match call.method {
            Method::JournalAppend => self.0.fetch_sub(1, Ordering::SeqCst),
            Method::JournalAcquire | Method::JournalRenew | Method::JournalRelease => self.0.load(Ordering::SeqCst),
            _ => return work().await,
        };
        if left > 0 { work().await } else { Err(Error::exhausted(codes::STATE_DISK_FULL, "the disk is full")) }
    }
}

#[tokio::test]
async fn a_run_whose_end_did_not_fit_is_undone_and_ended_by_the_same_engine_once_there_is_room() {
    let shop = |argv: &[&str]| with_jobs(web(argv), &[("migrate", job(&["print", "x"]))]);
    let mut undone = 0;
    for fit in 1.. {
        let bench = Bench::new();
        bench.succeed(shop(&["serve"])).await;
        let before = bench.instances("web").await[0].hash.clone();
        let room = Room(Arc::new(AtomicI64::new(fit)));
        let journal = Wrap::around(bench.journal.clone(), room.clone());
        let engine = bench.parts_by(Arc::new(HastyEnv::new())).journal(Arc::new(journal)).build().unwrap();
        let run = engine.deploy(bench.request(shop(&["serve-after", "1"]))).await.unwrap();
        let report = bench.end(&run).await;
        if report.outcome.is_success() {
            assert!(fit > 10 && undone > 2, "{fit} {undone}");
            return;
        }
        assert_eq!(fault_of(&report).code, codes::STATE_DISK_FULL, "{fit}");

        bench.clock.jump(Duration::from_secs(3600));
        room.0.store(i64::MAX, Ordering::SeqCst);
        bench.until("its end", async || !bench.run(&report).await.is_active()).await;
        bench.until("the engine", async || engine.active_runs().is_empty()).await;
        let outcome = bench.run(&report).await.outcome.unwrap();
        let ledger = bench.engine.ledger(&bench.shop).await.unwrap();
        let is_healthy = |line: &eve_core::LedgerLine| matches!(line.result, LedgerResult::Healthy { .. });
        let instances = bench.instances("web").await;
        assert_eq!((bench.status().await.as_str(), instances.len()), ("ready", 1), "{fit}");
        if ledger.lines.iter().any(|line| line.run == report.run && is_healthy(line)) {
            assert!(outcome.is_success(), "{fit}: {outcome:?}");
            assert_ne!(instances[0].hash, before);
        } else {
            undone += 1;
            let RunOutcome::Failed { fault, .. } = outcome else { panic!("{fit}: {outcome:?}") };
            assert_eq!(fault.code, codes::STATE_DISK_FULL, "{fit}");
            assert_eq!(instances[0].hash, before, "{fit}");
        }
        check(&bench, "a full journal").await;
    }
}
