//! Engines that were stopped for longer than their lease, and what they do when they wake.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eve_core::event::RunOutcome;
use eve_core::wrap::{Around, Call, Method, Wrap};
use eve_core::{AttemptId, AttemptState, Exit, Result, Runner as _, Started, codes};
use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, ready};
use tokio::sync::Semaphore;

use crate::bench::{job, web, with_jobs};
use crate::recovering::{bench, executors};

/// Stops an engine where it asks which attempts there are, until it is woken.
#[derive(Debug, Clone)]
struct Stopped {
    came: Arc<AtomicBool>,
    wake: Arc<Semaphore>,
}

impl Around for Stopped {
    async fn call<'a, T: Send + 'a>(
        &'a self,
        call: Call<'a>,
        work: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        if call.method == Method::RunnerOwned {
            self.came.store(true, Ordering::SeqCst);
            self.wake.acquire().await.unwrap().forget();
        }
        work().await
    }
}

#[test]
fn an_engine_that_wakes_does_not_forget_how_its_successors_attempt_ended() {
    let (workloads, dying) = executors();
    let (woken, _) = executors();
    let bench = bench(&workloads);
    let stopped = Stopped { came: Arc::default(), wake: Arc::new(Semaphore::new(0)) };
    let wrapped = Wrap::around(bench.runner.clone(), stopped.clone());
    let first = bench.parts().runner(Arc::new(wrapped)).build().unwrap();
    let run = woken.block_on(async {
        let shop = with_jobs(web(&["serve"]), &[("migrate", job(&["sleep", "300"]))]);
        let run = first.deploy(bench.request(shop)).await.unwrap();
        bench.until("the stop", async || stopped.came.load(Ordering::SeqCst)).await;
        run
    });

    // Its successor takes the run up, starts an attempt and dies; nobody sees how that ends.
    bench.clock.jump(Duration::from_secs(3600));
    let second = bench.second_engine();
    let attempt = AttemptId::new(run.id(), "migrate", 1);
    dying.block_on(async {
        assert_eq!(second.recover().await.unwrap().len(), 1);
        bench.until("the attempt", async || !bench.runner.started().is_empty()).await;
    });
    drop(dying);
    workloads.block_on(async {
        let ended = bench.runner.watch(&attempt).filter(|state| ready(matches!(state, Ok(AttemptState::Ended { .. }))));
        bench.within("its end", std::pin::pin!(ended).next()).await.unwrap().unwrap();
    });

    bench.clock.jump(Duration::from_secs(3600));
    woken.block_on(async {
        stopped.wake.add_permits(100);
        let RunOutcome::Failed { fault, .. } = bench.end(&run).await.outcome else { panic!("it goes on") };
        assert_eq!(fault.code, codes::LEASE_LOST);
    });
    workloads.block_on(async {
        let third = bench.second_engine().recover().await.unwrap().remove(0);
        let report = bench.end(&third).await;
        assert!(report.outcome.is_success(), "{:?}", report.outcome);
        let news = bench.runner.started().into_iter().filter(|(_, started)| *started == Started::New);
        assert_eq!(news.map(|(id, _)| id).collect::<Vec<_>>(), [attempt.to_string()]);
        let attempts = bench.engine.runs(&bench.shop).await.unwrap().remove(0).attempts;
        assert_eq!(attempts.iter().map(|attempt| attempt.exit).collect::<Vec<_>>(), [Some(Exit::Code(0))]);
    });
}
