//! What a run's first plan is made from.

use std::sync::{Arc, Mutex};

use eve_core::wrap::{Around, Call, Method, Wrap};
use eve_core::{Error, Result, codes};
use futures_util::future::BoxFuture;

use crate::bench::{Bench, job, web, with_jobs};

/// Writes down what is asked for; the first look fails if it is to.
#[derive(Debug, Clone, Default)]
struct Diary {
    asked: Arc<Mutex<Vec<Method>>>,
    fails_first: bool,
}

impl Diary {
    fn bench(&self) -> Bench {
        Bench::with(|builder, bench| {
            builder
                .runtime(Arc::new(Wrap::around(bench.runtime.clone(), self.clone())))
                .runner(Arc::new(Wrap::around(bench.runner.clone(), self.clone())))
        })
    }

    /// Which calls of these methods there were since the last time, in their order.
    fn take(&self, methods: &[Method]) -> Vec<Method> {
        self.asked.lock().unwrap().drain(..).filter(|method| methods.contains(method)).collect()
    }
}

impl Around for Diary {
    async fn call<'a, T: Send + 'a>(
        &'a self,
        call: Call<'a>,
        work: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        let is_first = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(call.method);
            call.method == Method::RuntimeObserve && asked.iter().filter(|method| **method == call.method).count() == 1
        };
        if is_first && self.fails_first {
            return Err(Error::failed(codes::BACKEND_IO, "not now"));
        }
        work().await
    }
}

#[tokio::test]
async fn what_is_there_is_looked_at_once_for_a_plan_of_nothing() {
    let diary = Diary::default();
    let bench = diary.bench();
    bench.succeed(web(&["serve"])).await;
    diary.take(&[]);
    assert!(bench.succeed(web(&["serve"])).await.outcome.is_unchanged());
    assert_eq!(diary.take(&[Method::RuntimeObserve]), [Method::RuntimeObserve]);
}

#[tokio::test]
async fn what_a_job_left_is_seen_before_the_plan() {
    let diary = Diary::default();
    let bench = diary.bench();
    bench.succeed(with_jobs(web(&["serve"]), &[("migrate", job(&["exit", "0"]))])).await;
    let asked = diary.take(&[Method::RunnerStart, Method::RuntimeObserve]);
    assert_eq!(asked[..2], [Method::RunnerStart, Method::RuntimeObserve]);
}

#[tokio::test]
async fn a_look_that_failed_is_taken_again() {
    let diary = Diary { fails_first: true, ..Diary::default() };
    let report = diary.bench().succeed(web(&["serve"])).await;
    assert!(!report.outcome.is_unchanged());
    assert!(diary.take(&[Method::RuntimeObserve]).len() >= 2);
}
