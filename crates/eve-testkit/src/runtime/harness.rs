//! What the runtime suite needs of a backend's author.

use std::sync::Arc;

use async_trait::async_trait;
use eve_core::desired::Service;
use eve_core::{Artifact, Env, EnvironmentId, ObjectId, Result, Runtime, ServiceName, SystemEnv};

/// Makes runtimes, and workloads that behave as the cases of the runtime suite need.
///
/// The fixtures set what makes the workload (source, process, ports, health check). The suite sets
/// restart, replicas and rollout itself, and adds a variable where it needs two that differ.
#[async_trait]
pub trait RuntimeHarness: Send + Sync {
    /// A runtime that holds nothing of the suite's environments. Asked for once a case.
    ///
    /// # Errors
    /// Whatever keeps the backend from being there.
    async fn runtime(&self) -> Result<Arc<dyn Runtime>>;

    /// Time and randomness, the same that the runtime uses. By default the system's.
    fn env(&self) -> Arc<dyn Env> {
        Arc::new(SystemEnv::new())
    }

    /// The artifact of a service whose fixture has a build as its source.
    fn artifact(&self, service: &ServiceName) -> Option<Artifact> {
        let _ = service;
        None
    }

    /// Becomes ready soon, declares one TCP port, and answers `GET /` there with 200 if instances
    /// can be reached at all.
    fn serves_http(&self) -> Service;

    /// Ends with this code, soon after its start, without ever having been ready.
    fn exits(&self, code: i32) -> Service;

    /// Runs and never becomes ready.
    fn never_ready(&self) -> Service;

    /// Writes this many lines, `line 1`, `line 2` and so on, becomes ready and goes on running.
    /// Other lines may stand around them. Only asked for if the runtime claims logs.
    fn prints(&self, lines: usize) -> Service;

    /// How many lines [`prints`](Self::prints) has to write for the backend to have thrown the
    /// first ones away. Only asked for if the runtime claims logs.
    fn lines_too_many(&self) -> usize;

    /// The command line of what copies its input to its standard output, then writes the line `done` to its
    /// standard error, and ends with this code. Only asked for if the runtime claims to run commands; the suite then
    /// reports it if there is none.
    fn copies(&self, code: i32) -> Option<Vec<String>> {
        let _ = code;
        None
    }

    /// A service whose image or artifact nobody has, another one for each number, and that artifact. Only
    /// asked for if the runtime [provisions](Runtime::provision); the suite then reports it if there is none.
    fn unobtainable(&self, number: u32) -> Option<(Service, Option<Artifact>)> {
        let _ = number;
        None
    }

    /// Serves as [`serves_http`](Self::serves_http) does, from an image that only a registry has at the time
    /// of the call. None for backends that fetch nothing. Asked for once a case.
    ///
    /// # Errors
    /// Whatever keeps the image from being there.
    async fn to_be_fetched(&self) -> Result<Option<Service>> {
        Ok(None)
    }

    /// True if this process can reach an instance's address over the network.
    fn reaches_instances(&self) -> bool;

    /// Plants an object that is not Eve's under this name. False if the backend has no way to hold
    /// one; the suite then shows the stranger to planning alone.
    ///
    /// # Errors
    /// Whatever keeps the object from being made.
    async fn plant_stranger(&self, runtime: &dyn Runtime, env: &EnvironmentId, object: &ObjectId) -> Result<bool> {
        let _ = (runtime, env, object);
        Ok(false)
    }

    /// Stops what a runtime runs in this process, after the suite removed what it made.
    async fn close(&self, runtime: Arc<dyn Runtime>) {
        drop(runtime);
    }
}
