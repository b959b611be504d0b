//! The parts that the supervisor of the embedded defaults holds.

use std::sync::Arc;

use eve_core::control::Part;
use eve_core::{Env, Result, SystemEnv};
use eve_proxy::{Proxy, ProxyPart};
use eve_runtime_process::ChildrenPart;
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
    config.domain = setting.domain;
    config.log_rotation = setting.log_rotation;
    // Children first: routes lead to them.
    let children = ChildrenPart::open(config.process(), Arc::clone(&held.fences)).await?;
    let proxy = Proxy::start(config.proxy(), env, held.fences).await?;
    Ok(vec![Arc::new(children), Arc::new(ProxyPart::new(proxy))])
}
