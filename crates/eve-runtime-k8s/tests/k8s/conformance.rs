//! The published suites on a cluster.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use eve_core::desired::Service;
use eve_core::{AttemptSpec, EnvironmentId, Error, ObjectId, Result, Runner, Runtime, VarName, codes, naming};
use eve_runtime_k8s::K8sHost;
use eve_testkit::{RunnerHarness, RuntimeHarness, WorkloadHarness};
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use tokio::sync::OnceCell;

use crate::{cluster, programs};

/// Pods of an owner of their own.
#[derive(Default)]
struct Pods {
    host: OnceCell<K8sHost>,
    /// The namespaces that were planted.
    planted: Mutex<Vec<String>>,
}

impl Pods {
    async fn host(&self) -> Result<&K8sHost> {
        self.host.get_or_try_init(|| cluster::open(|config| config.with_log_lines(200).with_exec(true))).await
    }
}

#[async_trait]
impl RuntimeHarness for Pods {
    async fn runtime(&self) -> Result<Arc<dyn Runtime>> {
        Ok(Arc::new(self.host().await?.runtime()))
    }

    fn serves_http(&self) -> Service {
        programs::serves()
    }

    fn exits(&self, code: i32) -> Service {
        programs::shell(&format!("exit {code}"))
    }

    fn never_ready(&self) -> Service {
        programs::shell("sleep 1000 & wait $!")
    }

    fn prints(&self, lines: usize) -> Service {
        programs::prints(lines)
    }

    fn lines_too_many(&self) -> usize {
        500
    }

    fn copies(&self, code: i32) -> Option<Vec<String>> {
        Some(["/bin/sh", "-c", &format!("cat; echo done >&2; exit {code}")].map(str::to_owned).into())
    }

    fn reaches_instances(&self) -> bool {
        true
    }

    async fn plant_stranger(&self, _: &dyn Runtime, env: &EnvironmentId, object: &ObjectId) -> Result<bool> {
        let name = naming::namespace(env);
        // Of namespaces, an environment uses its own name alone.
        if object.kind != "namespace" || object.name.as_str() != name {
            return Ok(false);
        }
        let mut namespace = Namespace::default();
        namespace.metadata.name = Some(name.clone());
        let api: Api<Namespace> = Api::all(self.host().await?.client());
        let planted = api.create(&PostParams::default(), &namespace).await;
        planted.map_err(|e| Error::failed(codes::BACKEND_IO, "no stranger can be planted").with_source(e))?;
        self.planted.lock().unwrap_or_else(PoisonError::into_inner).push(name);
        Ok(true)
    }

    async fn close(&self, _: Arc<dyn Runtime>) {
        let Some(host) = self.host.get() else { return };
        let planted = std::mem::take(&mut *self.planted.lock().unwrap_or_else(PoisonError::into_inner));
        let api: Api<Namespace> = Api::all(host.client());
        for name in planted {
            api.delete(&name, &DeleteParams::default()).await.expect("what was planted can be removed");
        }
    }
}

#[async_trait]
impl RunnerHarness for Pods {
    async fn runner(&self) -> Result<Arc<dyn Runner>> {
        Ok(Arc::new(self.host().await?.runner()))
    }

    fn exits(&self, spec: AttemptSpec, code: i32) -> AttemptSpec {
        programs::attempt(spec, &format!("exit {code}"))
    }

    fn runs_long(&self, spec: AttemptSpec) -> AttemptSpec {
        programs::attempt(spec, "sleep 1000 & wait $!")
    }

    fn prints(&self, spec: AttemptSpec, lines: usize) -> AttemptSpec {
        programs::attempt(spec, &format!("i=1; while [ $i -le {lines} ]; do echo line $i; i=$((i+1)); done"))
    }

    fn exits_by_file(&self, spec: AttemptSpec, path: &str) -> Option<AttemptSpec> {
        Some(programs::attempt(spec, &format!("exit $(cat {path})")))
    }

    fn leaves_file(&self, _: AttemptSpec, _: &str, _: &str) -> Option<AttemptSpec> {
        None
    }

    async fn close(&self, _: Arc<dyn Runner>) {
        if let Some(host) = self.host.get() {
            cluster::remove_all_of(host).await;
        }
    }
}

impl WorkloadHarness for Pods {
    fn exits_by_variable(&self, variable: &VarName) -> Service {
        programs::shell(&format!("exit ${variable}"))
    }

    fn exits_by_file(&self, path: &str) -> Option<Service> {
        Some(programs::shell(&format!("exit $(cat {path})")))
    }

    fn exits_by_descriptors(&self) -> Service {
        // Three of its own, and the one by which it lists them.
        programs::shell("exit $(( $(ls /proc/self/fd | wc -l) - 4 ))")
    }

    fn refuses_to_end(&self) -> Service {
        programs::serves_on()
    }
}

eve_testkit::runtime_conformance!(
    #[ignore = "needs kubernetes: pods are made"]
    runtime,
    Pods::default()
);
eve_testkit::workload_conformance!(
    #[ignore = "needs kubernetes: pods are made"]
    workload,
    Pods::default()
);
eve_testkit::runner_conformance!(
    #[ignore = "needs kubernetes: pods are made"]
    runner,
    Pods::default()
);
