//! The parts that the supervisor of the embedded defaults holds.

use std::collections::BTreeSet;
use std::sync::Arc;

use eve_core::control::Part;
use eve_core::{Address, Env, Fences, Result, RouteTarget, SystemEnv};
use eve_proxy::{Proxy, ProxyPart};
use eve_runtime_process::{ChildHolder, ChildrenPart, ProcessRuntime};
use eve_supervisor::Held;

use super::EmbeddedConfig;
use super::setting::Setting;

/// Takes over what a former supervisor held, and goes on with it.
///
/// # Errors
/// `state.held` if somebody else holds the children; `port.taken`; `state.version`,
/// `state.unreadable`, `state.read_only`, `state.io`.
pub(super) async fn parts(held: Held) -> Result<Vec<Arc<dyn Part>>> {
    let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
    let setting: Setting = held.config.decode()?;
    let mut config = EmbeddedConfig::new(held.dir).with_ingress_port(setting.ingress_port);
    config.log_rotation = setting.log_rotation;
    config.internal_bind = setting.internal_bind;
    // Children first: routes lead to them.
    let children = ChildrenPart::open(config.process(), Arc::clone(&held.fences)).await?;
    let proxy = open_ingress(&config, &env, held.fences, children.children()).await?;
    Ok(vec![Arc::new(children), Arc::new(ProxyPart::new(proxy))])
}

/// Starts the ingress with the routes that it had, as far as they lead to children that are there.
///
/// # Errors
/// As [`Proxy::start`].
pub(super) async fn open_ingress(
    config: &EmbeddedConfig,
    env: &Arc<dyn Env>,
    fences: Arc<Fences>,
    children: &dyn ChildHolder,
) -> Result<Proxy> {
    let live = children.list("").await?.into_iter().filter(|child| !child.state.is_final());
    let addresses: BTreeSet<Address> = live.flat_map(|child| child.addresses.into_values()).collect();
    let proxy = Proxy::start(config.proxy(), Arc::clone(env), fences).await?;
    // What another runtime holds is not known here.
    let is_child = |target: &RouteTarget| target.instance.object.kind == ProcessRuntime::KIND;
    let gone = proxy.withdraw_absent(|target| !is_child(target) || addresses.contains(&target.address)).await?;
    if gone > 0 {
        tracing::warn!(gone, "routes led to instances that are not there any more");
    }
    Ok(proxy)
}
