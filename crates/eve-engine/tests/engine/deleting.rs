//! The end of environments.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use eve_core::event::Undo;
use eve_core::wrap::{Around, Call, Fault, Faulty, Method, When, Wrap};
use eve_core::{Error, ErrorKind, OpId, Result, codes};
use futures_util::future::BoxFuture;

use crate::bench::{Bench, fault_of, needing, project, web};

#[tokio::test]
async fn a_deletion_leaves_nothing() {
    let bench = Bench::new();
    bench.succeed(needing(project(&[("web", &["serve"]), ("api", &["serve"])]), "web", "api")).await;
    assert!(bench.engine.leftovers(&bench.shop).await.unwrap().count() > 0);
    let run = bench.engine.delete(&bench.shop, "ann").await.unwrap();
    assert!(bench.end(&run).await.outcome.is_success());
    assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
    assert_eq!(bench.ledger().await, ["healthy", "deleted"]);
    assert_eq!(bench.status().await, "unknown");
    let error = bench.engine.rollback(&bench.shop, None, "ann").await.unwrap_err();
    assert_eq!(error.code(), &codes::RELEASE_NONE_HEALTHY);
}

/// Routes that do not forget drains for now, and what was asked of them.
#[derive(Debug, Clone, Default)]
struct Unforgetting {
    refuses: Arc<AtomicBool>,
    done: Arc<Mutex<Vec<(Method, OpId)>>>,
}

impl Unforgetting {
    fn done(&self, method: Method) -> BTreeSet<OpId> {
        let done = self.done.lock().unwrap();
        done.iter().filter(|(known, _)| *known == method).map(|(_, id)| id.clone()).collect()
    }
}

impl Around for Unforgetting {
    async fn call<'a, T: Send + 'a>(
        &'a self,
        call: Call<'a>,
        work: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        if call.method == Method::RoutesForget && self.refuses.load(Ordering::SeqCst) {
            return Err(Error::failed(codes::BACKEND_IO, "not now"));
        }
        let answer = work().await?;
        if let Some(cx) = call.cx {
            self.done.lock().unwrap().push((call.method, cx.operation.clone()));
        }
        Ok(answer)
    }
}

#[tokio::test]
async fn a_deletion_forgets_the_drains_of_the_runs_before_it() {
    let around = Unforgetting::default();
    let bench =
        Bench::with(|builder, bench| builder.routes(Arc::new(Wrap::around(bench.routes.clone(), around.clone()))));
    bench.succeed(web(&["serve"])).await;
    around.refuses.store(true, Ordering::SeqCst);
    bench.succeed(web(&["serve-after", "0"])).await;
    assert_eq!((around.done(Method::RoutesDrain).len(), around.done(Method::RoutesForget).len()), (1, 0));

    around.refuses.store(false, Ordering::SeqCst);
    let run = bench.engine.delete(&bench.shop, "ann").await.unwrap();
    assert!(bench.end(&run).await.outcome.is_success());
    let drained = around.done(Method::RoutesDrain);
    assert!(drained.len() > 1, "{drained:?}");
    let forgotten: BTreeSet<_> = drained.iter().map(|drain| OpId::new(format!("forget {drain}"))).collect();
    assert_eq!(around.done(Method::RoutesForget), forgotten);
}

#[tokio::test]
async fn deleting_what_is_deleted_or_never_was_changes_nothing() {
    let bench = Bench::new();
    for _ in 0..2 {
        let run = bench.engine.delete(&bench.shop, "ann").await.unwrap();
        assert!(bench.end(&run).await.outcome.is_unchanged());
        assert_eq!(bench.ledger().await, [""; 0]);
    }
}

#[tokio::test]
async fn a_deletion_that_fails_brings_nothing_back_and_the_next_one_goes_on() {
    let fault = Fault::new(Method::RuntimePerform, 3, When::Before).with_error(ErrorKind::Failed, codes::BACKEND_IO);
    let bench = Bench::with(|builder, bench| builder.runtime(Arc::new(Faulty::new(bench.runtime.clone(), [fault]))));
    bench.succeed(needing(project(&[("web", &["serve"]), ("api", &["serve"])]), "web", "api")).await;
    let created = bench.runtime.calls().created;
    let run = bench.engine.delete(&bench.shop, "ann").await.unwrap();
    let report = bench.end(&run).await;
    assert_eq!(fault_of(&report).code, codes::BACKEND_IO);
    assert!(matches!(report.undo(), Some(Undo::Incomplete { left, .. }) if !left.is_empty()), "{:?}", report.outcome);
    assert_eq!(bench.runtime.calls().created, created);

    let run = bench.engine.delete(&bench.shop, "ann").await.unwrap();
    assert!(bench.end(&run).await.outcome.is_success());
    assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
}

#[tokio::test]
async fn a_deleted_environment_can_be_deployed_again() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    let run = bench.engine.delete(&bench.shop, "ann").await.unwrap();
    bench.end(&run).await;
    bench.succeed(web(&["serve"])).await;
    assert_eq!(bench.status().await, "ready");
    assert_eq!(bench.ledger().await, ["healthy", "deleted", "healthy"]);
}
