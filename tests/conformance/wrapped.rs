//! Every wrapper, around what passes without it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eve::desired::Service;
use eve::memory::MemoryRoutes;
use eve::wrap::{Faulty, Retry, Timeout, Traced};
use eve::{Artifact, EnvironmentId, Journal, ObjectId, Result, Routes, Runtime, SystemEnv};
use eve_testkit::{DeadInstance, JournalHarness, RoutesHarness, RuntimeHarness};

use crate::memory::{MemoryJournals, MemoryRouteTables, MemoryRuntimes};

/// A harness whose backend is wrapped.
struct Wrapped<H, T: ?Sized>(H, fn(Arc<T>) -> Arc<T>);

#[async_trait]
impl RuntimeHarness for Wrapped<MemoryRuntimes, dyn Runtime> {
    async fn runtime(&self) -> Result<Arc<dyn Runtime>> {
        Ok((self.1)(self.0.runtime().await?))
    }

    fn serves_http(&self) -> Service {
        self.0.serves_http()
    }

    fn exits(&self, code: i32) -> Service {
        self.0.exits(code)
    }

    fn never_ready(&self) -> Service {
        self.0.never_ready()
    }

    fn prints(&self, lines: usize) -> Service {
        self.0.prints(lines)
    }

    fn lines_too_many(&self) -> usize {
        self.0.lines_too_many()
    }

    fn copies(&self, code: i32) -> Option<Vec<String>> {
        self.0.copies(code)
    }

    fn unobtainable(&self, number: u32) -> Option<(Service, Option<Artifact>)> {
        self.0.unobtainable(number)
    }

    async fn to_be_fetched(&self) -> Result<Option<Service>> {
        self.0.to_be_fetched().await
    }

    fn reaches_instances(&self) -> bool {
        self.0.reaches_instances()
    }

    async fn plant_stranger(&self, runtime: &dyn Runtime, env: &EnvironmentId, object: &ObjectId) -> Result<bool> {
        self.0.plant_stranger(runtime, env, object).await
    }
}

#[async_trait]
impl RoutesHarness for Wrapped<MemoryRouteTables, dyn Routes> {
    async fn routes(&self) -> Result<Arc<dyn Routes>> {
        Ok((self.1)(self.0.routes().await?))
    }

    fn carries_requests(&self) -> bool {
        self.0.carries_requests()
    }

    async fn unreachable(&self, name: &str) -> Result<DeadInstance> {
        self.0.unreachable(name).await
    }
}

#[async_trait]
impl JournalHarness for Wrapped<MemoryJournals, dyn Journal> {
    async fn journal(&self) -> Result<Arc<dyn Journal>> {
        Ok((self.1)(self.0.journal().await?))
    }
}

/// Longer than any call of a suite takes.
const LIMIT: Duration = Duration::from_mins(1);

macro_rules! wrapped {
    ($($name:ident: |$inner:ident| $wrap:expr;)*) => {$(
        mod $name {
            use super::*;

            eve_testkit::runtime_conformance!(
                runtime,
                Wrapped::<_, dyn Runtime>(MemoryRuntimes::new(), |$inner| Arc::new($wrap))
            );
            eve_testkit::routes_conformance!(
                routes,
                Wrapped::<_, dyn Routes>(MemoryRouteTables(MemoryRoutes::new()), |$inner| Arc::new($wrap))
            );
            eve_testkit::journal_conformance!(
                journal,
                Wrapped::<_, dyn Journal>(MemoryJournals, |$inner| Arc::new($wrap))
            );
        }
    )*};
}

wrapped! {
    shared: |inner| inner;
    boxed: |inner| Box::new(inner);
    retried: |inner| Retry::new(inner, Arc::new(SystemEnv::new()));
    timed: |inner| Timeout::new(inner, Arc::new(SystemEnv::new()), LIMIT);
    traced: |inner| Traced::new(inner);
    without_faults: |inner| Faulty::new(inner, []);
}
