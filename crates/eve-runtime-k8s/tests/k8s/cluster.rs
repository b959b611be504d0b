//! The cluster under test.

use std::time::Duration;

use eve_runtime_k8s::{K8sConfig, K8sHost, K8sName};

/// The cluster of `KUBECONFIG`, for an owner that nobody else has.
pub(crate) async fn open(change: impl FnOnce(K8sConfig) -> K8sConfig) -> eve_core::Result<K8sHost> {
    let owner = K8sName::new(format!("test-{:08x}", random() & 0xffff_ffff))?;
    // Nobody but the tests asks anything.
    let config = K8sConfig::new().with_owner(owner).with_pre_stop(Duration::from_secs(1));
    K8sHost::open(change(config)).await
}

pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(())
}
