//! Tests of the wrappers.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;

use super::*;
use crate::memory::{MemoryJournal, MemoryRoutes, MemoryRuntime};
use crate::{
    Body, Deadline, EnvironmentId, Error, ErrorKind, Fence, HostName, Journal, OpCx, OpId, Record, RouteId, RouteSpec,
    Routes, Runtime, ServiceName, StreamId, SystemEnv, Timestamp, codes,
};

fn shop() -> EnvironmentId {
    EnvironmentId::parse("acme/shop/prod").unwrap()
}

fn cx(env: &Arc<SystemEnv>) -> OpCx {
    let deadline = Deadline::after(&**env, Duration::from_secs(60));
    OpCx::new(env.clone(), shop(), OpId::new("op"), Fence::new(1), deadline)
}

fn route() -> RouteSpec {
    let id = RouteId::Public { host: HostName::new("web.example.org").unwrap(), path: "/".to_owned() };
    RouteSpec::new(id, ServiceName::new("web").unwrap(), 80)
}

fn record() -> Record {
    Record::new("said", 1, Timestamp::default(), Body::of(&"x").unwrap())
}

fn observations(failing: impl IntoIterator<Item = u32>) -> (Arc<SystemEnv>, Faulty<MemoryRuntime>) {
    let env = Arc::new(SystemEnv::new());
    let faults = failing.into_iter().map(|nth| Fault::new(Method::RuntimeObserve, nth, When::Before));
    let runtime = Faulty::new(MemoryRuntime::new(env.clone()), faults);
    (env, runtime)
}

fn quickly<T>(inner: T, env: Arc<SystemEnv>) -> Retry<T> {
    Retry::new(inner, env).with_pauses(Duration::from_millis(1), Duration::from_millis(4))
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_again_and_no_oftener_than_asked() {
    let (env, runtime) = observations([1, 2]);
    let runtime = quickly(runtime, env).with_tries(3);
    assert!(runtime.observe(&shop()).await.is_ok());
    assert_eq!(runtime.inner().calls(Method::RuntimeObserve), 3);

    let (env, runtime) = observations([1, 2, 3]);
    let runtime = quickly(runtime, env).with_tries(3);
    assert_eq!(runtime.observe(&shop()).await.unwrap_err().code(), &codes::FAULT_INJECTED);
    assert_eq!(runtime.inner().calls(Method::RuntimeObserve), 3);
}

#[tokio::test]
async fn a_failure_that_stays_is_not_tried_again() {
    let env = Arc::new(SystemEnv::new());
    let fault = Fault::new(Method::RuntimeObserve, 1, When::Before);
    let fault = fault.with_error(ErrorKind::Denied, codes::POLICY_DENIED);
    let runtime = quickly(Faulty::new(MemoryRuntime::new(env.clone()), [fault]), env);
    assert_eq!(runtime.observe(&shop()).await.unwrap_err().code(), &codes::POLICY_DENIED);
    assert_eq!(runtime.inner().calls(Method::RuntimeObserve), 1);
}

#[tokio::test]
async fn an_append_is_never_tried_again() {
    let env = Arc::new(SystemEnv::new());
    let fault = Fault::new(Method::JournalAppend, 1, When::After);
    let journal = quickly(Faulty::new(MemoryJournal::new(env.clone()), [fault]), env);
    let stream = StreamId::from_stored("s");
    let error = journal.append(&stream, 0, None, vec![record()]).await.unwrap_err();
    assert_eq!(error.code(), &codes::FAULT_INJECTED);
    assert_eq!(journal.read(&stream, 0, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_cancelled_operation_waits_for_no_further_try() {
    let env = Arc::new(SystemEnv::new());
    let fault = Fault::new(Method::RoutesPrepare, 1, When::Before);
    let routes = Faulty::new(MemoryRoutes::new(), [fault]);
    let routes = Retry::new(routes, env.clone()).with_pauses(Duration::from_secs(50), Duration::from_secs(50));
    let cx = cx(&env);
    cx.cancel.cancel();
    assert_eq!(routes.prepare(&route(), &cx).await.unwrap_err().code(), &codes::FAULT_INJECTED);
    assert_eq!(routes.inner().calls(Method::RoutesPrepare), 1);
}

#[tokio::test]
async fn a_fault_after_the_effect_loses_the_answer_only() {
    let env = Arc::new(SystemEnv::new());
    let memory = MemoryRoutes::new();
    let routes = Faulty::new(memory.clone(), [Fault::new(Method::RoutesPrepare, 1, When::After)]);
    assert!(routes.prepare(&route(), &cx(&env)).await.is_err());
    assert_eq!(memory.observe(&shop()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_planted_gap_does_not_end_a_watch() {
    let env = Arc::new(SystemEnv::new());
    let fault = Fault::new(Method::RuntimeWatch, 1, When::Before);
    let runtime = Faulty::new(MemoryRuntime::new(env), [fault]);
    let mut states = runtime.watch(&shop());
    assert!(states.next().await.unwrap().is_err());
    assert!(states.next().await.unwrap().is_ok());
}

/// Hangs in every call that waits.
#[derive(Debug)]
struct Hangs;

impl Around for Hangs {
    async fn call<'a, T: Send + 'a>(
        &'a self,
        _: Call<'a>,
        _: impl Fn() -> futures_util::future::BoxFuture<'a, crate::Result<T>> + Send + Sync + 'a,
    ) -> crate::Result<T> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_call_that_hangs_ends_with_a_deadline() {
    let env = Arc::new(SystemEnv::new());
    let hanging = Wrap::around(MemoryRoutes::new(), Hangs);
    let routes = Timeout::new(hanging, env.clone(), Duration::from_millis(10));
    assert_eq!(routes.observe(&shop()).await.unwrap_err().code(), &codes::DEADLINE_EXCEEDED);
    let mut cx = cx(&env);
    cx.deadline = Deadline::after(&*env, Duration::from_millis(10));
    assert_eq!(routes.close(&route().id, &cx).await.unwrap_err().code(), &codes::DEADLINE_EXCEEDED);
}

#[tokio::test]
async fn wrappers_nest_over_trait_objects_and_hand_accessors_on() {
    let env = Arc::new(SystemEnv::new());
    let inner: Arc<dyn Runtime> = Arc::new(MemoryRuntime::new(env.clone()));
    let outer: Box<dyn Runtime> = Box::new(Traced::new(Timeout::new(
        Retry::new(Faulty::new(inner, []), env.clone()),
        env,
        Duration::from_secs(60),
    )));
    assert!(outer.observe(&shop()).await.unwrap().objects.is_empty());
    assert!(
        outer.owned().is_some()
            && outer.evidence().is_some()
            && outer.provision().is_some()
            && outer.preview().is_none()
    );
    assert_eq!(outer.to_string(), "memory");
}

mod spans {
    use std::sync::Mutex;

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record as Recorded};
    use tracing::{Event, Metadata, Subscriber};

    use super::*;

    /// Writes every field of every span down.
    #[derive(Clone, Default)]
    struct Recorder(Arc<Mutex<Vec<(String, String)>>>);

    impl Visit for Recorder {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            self.0.lock().unwrap().push((field.name().to_owned(), format!("{value:?}").replace('"', "")));
        }
    }

    impl Subscriber for Recorder {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, span: &Attributes<'_>) -> Id {
            span.record(&mut self.clone());
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, values: &Recorded<'_>) {
            values.record(&mut self.clone());
        }
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, _: &Event<'_>) {}
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[tokio::test]
    async fn a_failed_call_leaves_a_span_with_the_errors_code() {
        let recorder = Recorder::default();
        let _guard = tracing::subscriber::set_default(recorder.clone());
        let env = Arc::new(SystemEnv::new());
        let routes = Traced::new(MemoryRoutes::new());
        let error: Error = routes.switch(&route().id, &[], &cx(&env)).await.unwrap_err();
        let fields = recorder.0.lock().unwrap().clone();
        for (name, value) in [
            ("otel.name", "routes.switch"),
            ("deployment.environment.name", "acme/shop/prod"),
            ("eve.operation.id", "op"),
            ("error.type", error.code().as_str()),
        ] {
            assert!(fields.contains(&(name.to_owned(), value.to_owned())), "{name} in {fields:?}");
        }
    }
}
