//! The built-in ingress.

use std::sync::Arc;

use async_trait::async_trait;
use eve::proxy::{Proxy, ProxyConfig};
use eve::{Env, Fences, Result, Routes, SystemEnv};
use eve_testkit::RoutesHarness;

struct Proxies;

#[async_trait]
impl RoutesHarness for Proxies {
    async fn routes(&self) -> Result<Arc<dyn Routes>> {
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        Ok(Arc::new(Proxy::start(ProxyConfig::default(), env, Arc::new(Fences::new())).await?))
    }
}

eve_testkit::routes_conformance!(routes, Proxies);
