//! The cluster under test.

use std::time::Duration;

use eve_core::{Owned as _, naming};
use eve_runtime_k8s::{K8sConfig, K8sHost, K8sName};
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::api::DeleteParams;

/// The cluster of `KUBECONFIG`, for an owner that nobody else has.
pub(crate) async fn open(change: impl FnOnce(K8sConfig) -> K8sConfig) -> eve_core::Result<K8sHost> {
    let owner = K8sName::new(format!("test-{:08x}", random() & 0xffff_ffff))?;
    // Nobody but the tests asks anything.
    let config =
        K8sConfig::new().with_owner(owner).with_pre_stop(Duration::from_secs(1)).with_address_for_every_release();
    K8sHost::open(change(config)).await
}

pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(())
}

/// Removes the namespaces of a host's owner, with all that is in them.
pub(crate) async fn remove_all_of(host: &K8sHost) {
    let api: Api<Namespace> = Api::all(host.client());
    for environment in host.runtime().environments().await.expect("they can be listed") {
        let asked = api.delete(&naming::namespace(&environment), &DeleteParams::default()).await;
        asked.expect("what the tests made can be removed");
    }
}
