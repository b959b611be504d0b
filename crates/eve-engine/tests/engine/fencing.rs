//! Engines that were followed by another, and what of theirs comes late.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use eve_core::event::RunOutcome;
use eve_core::memory::MemoryRoutes;
use eve_core::{
    Cancel, Change, Drained, EnvironmentId, Error, Fence, Fencing, InstanceRef, ObservedRoute, OpCx, OpId, Result,
    RouteId, RouteSpec, RouteTarget, Routes, Secret, SecretName, SecretRef, SecretScope, SecretStore, SecretVersion,
    Template, VarName, codes,
};
use eve_engine::RunHandle;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::bench::{Bench, project, sandbox, service_name, web};
use crate::clock::SurvivingEnv;
use crate::recovering::executors;
use crate::state::check;

/// Routes that do what an engine asks for when it may be dead already, as a process beside it would.
#[derive(Debug, Clone)]
struct LateRoutes {
    inner: MemoryRoutes,
    beside: Handle,
    asked: Arc<Semaphore>,
    may_go_on: Arc<Semaphore>,
    answers: Arc<Mutex<Vec<Result<Change>>>>,
}

impl LateRoutes {
    fn new(inner: MemoryRoutes, beside: Handle) -> Self {
        let [asked, may_go_on] = [0, 0].map(|permits| Arc::new(Semaphore::new(permits)));
        Self { inner, beside, asked, may_go_on, answers: Arc::default() }
    }

    /// Lets go what waits, and gives the answers to it.
    async fn land(&self, bench: &Bench) -> Vec<Result<Change>> {
        self.may_go_on.add_permits(100);
        bench.until("what is late", async || !self.answers.lock().unwrap().is_empty()).await;
        std::mem::take(&mut *self.answers.lock().unwrap())
    }
}

#[async_trait]
impl Routes for LateRoutes {
    async fn address(&self, env: &EnvironmentId, route: &RouteSpec) -> Result<String> {
        self.inner.address(env, route).await
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Vec<ObservedRoute>> {
        self.inner.observe(env).await
    }

    async fn prepare(&self, route: &RouteSpec, cx: &OpCx) -> Result<Change> {
        // Whoever does it does not hear of the engine any more.
        let (late, route, cx) = (self.clone(), route.clone(), cx.clone().with_cancel(Cancel::new()));
        self.beside.spawn(async move {
            late.asked.add_permits(1);
            late.may_go_on.acquire().await.unwrap().forget();
            let answer = late.inner.prepare(&route, &cx).await;
            late.answers.lock().unwrap().push(answer);
        });
        std::future::pending().await
    }

    async fn switch(&self, route: &RouteId, to: &[RouteTarget], cx: &OpCx) -> Result<Change> {
        self.inner.switch(route, to, cx).await
    }

    async fn drain(&self, instance: &InstanceRef, cx: &OpCx) -> Result<Drained> {
        self.inner.drain(instance, cx).await
    }

    async fn forget(&self, drain: &OpId, cx: &OpCx) -> Result<()> {
        self.inner.forget(drain, cx).await
    }

    async fn close(&self, route: &RouteId, cx: &OpCx) -> Result<Change> {
        self.inner.close(route, cx).await
    }

    fn fencing(&self) -> Option<&dyn Fencing> {
        self.inner.fencing()
    }
}

impl fmt::Display for LateRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("late")
    }
}

/// A bench whose engine died while its routes were prepared, and those routes. Its run was to be
/// cancelled if `cancelled`.
fn died_while_preparing(workloads: &Handle, cancelled: bool) -> (Bench, LateRoutes, RunHandle) {
    let (_, dying) = executors();
    let bench = Bench::running_on(Arc::new(SurvivingEnv::new(workloads.clone())));
    let late = LateRoutes::new(bench.routes.clone(), workloads.clone());
    let run = dying.block_on(async {
        let engine = bench.parts().routes(Arc::new(late.clone())).build().unwrap();
        let run = engine.deploy(bench.request(web(&["serve"]))).await.unwrap();
        bench.within("the routes", late.asked.acquire()).await.unwrap().forget();
        if cancelled {
            run.cancel();
            let noted = async || bench.kinds(run.id()).await.contains(&"run.cancel_requested".to_owned());
            bench.until("the wish", noted).await;
        }
        run
    });
    drop(dying);
    bench.clock.jump(Duration::from_secs(3600));
    // Without it the engine after it has nothing to do with routes: the token alone keeps late ones out.
    let object = workloads.block_on(bench.instances("web")).remove(0).id;
    assert!(bench.runtime.remove(&bench.shop, &object));
    (bench, late, run)
}

fn refused(answers: &[Result<Change>]) -> bool {
    answers.iter().all(|answer| answer.as_ref().is_err_and(|error| *error.code() == codes::LEASE_LOST))
}

#[test]
fn what_a_dead_engine_began_and_nobody_saw_changes_nothing_once_it_was_followed() {
    let (workloads, _) = executors();
    let (bench, late, run) = died_while_preparing(workloads.handle(), true);
    workloads.block_on(async {
        let next = bench.second_engine().recover().await.unwrap().remove(0);
        let report = bench.end(&next).await;
        assert_eq!((report.run.clone(), report.resumed), (run.id().clone(), 1));
        assert!(matches!(report.outcome, RunOutcome::Cancelled { .. }), "{:?}", report.outcome);
        assert_eq!(bench.routes.calls().total(), 0);
        let answers = late.land(&bench).await;
        assert!(refused(&answers), "{answers:?}");
        assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
        check(&bench, "a late route").await;
    });
}

#[test]
fn what_a_dead_engine_began_does_not_come_between_the_deploy_after_it() {
    let (workloads, _) = executors();
    let (bench, late, run) = died_while_preparing(workloads.handle(), false);
    workloads.block_on(async {
        let mut other = project(&[("api", &["serve"])]);
        sandbox(&mut other).desired.services.get_mut(&service_name("api")).unwrap().ports.clear();
        let next = bench.second_engine().deploy(bench.request(other)).await.unwrap();
        let report = bench.end(&next).await;
        assert!(report.outcome.is_success(), "{:?}", report.outcome);
        assert_eq!((report.resumed, bench.routes.calls().total()), (0, 0));
        let answers = late.land(&bench).await;
        assert!(refused(&answers), "{answers:?}");
        assert!(bench.routes.observe(&bench.shop).await.unwrap().is_empty());
        let runs = bench.engine.runs(&bench.shop).await.unwrap();
        let dead = runs.iter().find(|known| known.id == *run.id()).unwrap().outcome.clone();
        assert!(matches!(dead, Some(RunOutcome::Failed { fault, .. }) if fault.code == codes::RUN_INTERRUPTED));
        check(&bench, "a deploy after a death").await;
    });
}

/// Secrets that are read no sooner than somebody lets them be.
#[derive(Debug, Clone)]
struct LateSecrets {
    inner: eve_core::memory::MemorySecretStore,
    asked: Arc<Semaphore>,
    may_go_on: Arc<Semaphore>,
}

#[async_trait]
impl SecretStore for LateSecrets {
    async fn get(
        &self,
        scope: &SecretScope,
        name: &SecretName,
        version: Option<&SecretVersion>,
    ) -> Result<Option<(Secret, SecretVersion)>> {
        // An operation asks for the version that it was planned with.
        if version.is_some() {
            self.asked.add_permits(1);
            self.may_go_on.acquire().await.unwrap().forget();
        }
        self.inner.get(scope, name, version).await
    }

    async fn put(&self, scope: &SecretScope, name: &SecretName, secret: Secret) -> Result<SecretVersion> {
        self.inner.put(scope, name, secret).await
    }

    async fn list(&self, scope: &SecretScope) -> Result<Vec<SecretRef>> {
        self.inner.list(scope).await
    }

    async fn delete(&self, scope: &SecretScope, name: &SecretName) -> Result<Change> {
        self.inner.delete(scope, name).await
    }
}

impl fmt::Display for LateSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("late")
    }
}

/// An engine that is stopped in the middle of an operation, and woken when it was followed long ago.
#[tokio::test]
async fn an_operation_that_was_under_way_when_another_engine_took_over_changes_nothing() {
    let mut late = None;
    let bench = Bench::with(|builder, bench| {
        let (asked, may_go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let secrets = LateSecrets { inner: bench.secrets.clone(), asked, may_go_on };
        late = Some(secrets.clone());
        builder.secrets(Arc::new(secrets))
    });
    let late = late.unwrap();
    let token = SecretName::new("TOKEN").unwrap();
    let scope = SecretScope::Environment(bench.shop.clone());
    bench.secrets.put(&scope, &token, Secret::new("text")).await.unwrap();
    let mut keyed = web(&["serve"]);
    let process = &mut sandbox(&mut keyed).desired.services.get_mut(&service_name("web")).unwrap().process;
    process.environment.insert(VarName::new("TOKEN").unwrap(), Template::secret(token));

    let stopped = bench.begin(keyed).await;
    bench.within("the operation", late.asked.acquire()).await.unwrap().forget();
    bench.clock.jump(Duration::from_secs(3600));
    let next = bench.second_engine();
    let deletion = next.delete(&bench.shop, "ann").await.unwrap();
    assert!(bench.end(&deletion).await.outcome.is_success());
    assert_eq!(bench.runtime.calls().perform, 1);

    late.may_go_on.add_permits(100);
    let report = bench.end(&stopped).await;
    let RunOutcome::Failed { fault, .. } = &report.outcome else { panic!("{:?}", report.outcome) };
    assert_eq!(fault.code, codes::LEASE_LOST);
    assert_eq!(bench.runtime.calls().created, 0);
    assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
}

#[tokio::test]
async fn the_token_is_raised_before_anything_is_asked() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    assert_eq!(bench.runner.asked(), ["raise", "owned"]);
}

#[tokio::test]
async fn a_token_that_cannot_be_raised_at_once_is_raised_again() {
    let bench = Bench::new();
    let gone = || Error::unavailable(codes::SUPERVISOR_LOST, "it went away");
    bench.runner.refuse_tokens(vec![gone(), gone()]);
    bench.succeed(web(&["serve"])).await;
    assert_eq!(bench.runner.asked(), ["raise", "raise", "raise", "owned"]);
}

#[tokio::test]
async fn where_the_token_cannot_be_raised_nothing_is_begun_and_the_lease_is_given_back() {
    let bench = Bench::new();
    let other = Error::conflict(codes::SUPERVISOR_CONFIG, "it runs with other settings");
    bench.runner.refuse_tokens(vec![other]);
    let error = bench.engine.deploy(bench.request(web(&["serve"]))).await.map(drop).unwrap_err();
    assert_eq!(error.code(), &codes::SUPERVISOR_CONFIG);
    assert!(bench.streams().await.is_empty());
    assert_eq!(bench.runner.asked(), ["raise"]);
    let next = bench.second_engine().deploy(bench.request(web(&["serve"]))).await.unwrap();
    assert!(bench.end(&next).await.outcome.is_success());
}

#[tokio::test]
async fn tokens_that_the_journal_forgot_are_passed_by() {
    let bench = Bench::new();
    bench.routes.fencing().unwrap().raise(&bench.shop, Fence::new(9)).await.unwrap();
    bench.succeed(web(&["serve"])).await;
    let known = bench.routes.fencing().unwrap().raise(&bench.shop, Fence::new(8)).await.unwrap_err();
    assert_eq!(known.code(), &codes::LEASE_LOST);
}

#[tokio::test]
async fn a_token_that_is_always_too_old_is_no_reason_to_ask_for_ever() {
    let bench = Bench::new();
    bench.routes.fencing().unwrap().raise(&bench.shop, Fence::new(1000)).await.unwrap();
    let error = bench.engine.deploy(bench.request(web(&["serve"]))).await.map(drop).unwrap_err();
    assert_eq!(error.code(), &codes::LEASE_LOST);
    assert_eq!(bench.runtime.calls().perform, 0);
}
