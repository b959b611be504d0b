//! The built-in ingress: routes by host and path, switched and drained without losing a request.
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//!
//! use eve_core::{
//!     Deadline, Env, EnvironmentId, Fence, OpCx, OpId, RouteId, RouteSpec, Routes, ServiceName, SystemEnv,
//! };
//! use eve_proxy::{Proxy, ProxyConfig};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> eve_core::Result<()> {
//! let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
//! let proxy = Proxy::start(ProxyConfig::default(), Arc::clone(&env), Arc::default()).await?;
//!
//! let shop = EnvironmentId::parse("acme/shop/sandbox")?;
//! let web = ServiceName::new("web")?;
//! let id = RouteId::Public { host: proxy.public_host(&web, &shop)?, path: "/".into() };
//! let route = RouteSpec::new(id, web, 8080);
//! let address = proxy.address(&shop, &route).await?;
//! assert_eq!(address, format!("http://web.acme-shop-sandbox.lvh.me:{}", proxy.public_port()));
//!
//! let deadline = Deadline::after(&*env, Duration::from_secs(30));
//! let cx = OpCx::new(env, shop.clone(), OpId::new("prepare web"), Fence::new(1), deadline);
//! proxy.prepare(&route, &cx).await?; // answers 503 until it is switched to an instance
//! assert_eq!(proxy.observe(&shop).await?.len(), 1);
//! proxy.shutdown(deadline).await;
//! # Ok(())
//! # }
//! ```
//!
//! | type | what it is |
//! |---|---|
//! | [`Proxy`] | the ingress: listens on one public address and on one loopback address for every internal route, and implements [`Routes`](eve_core::Routes) |
//! | [`ProxyConfig`] | what it is to be: addresses, limits, time-outs |
//! | [`UpgradePolicy`] | what a switch does to upgraded connections |
//! | [`ProxyStats`] | what it does, in numbers |
//! | [`ProxyPart`] | a proxy that answers messages, in the process that holds a data plane |
//! | [`RemoteRoutes`] | the [`Routes`](eve_core::Routes) of that proxy, through a channel |
//!
//! # What is promised, and how
//! - **No request meets an instance that is gone.** A request is counted at its instance in the
//!   same step that chooses it, so that a drain after a switch sees every request that was led to
//!   the old release.
//! - **A switch is confirmed before it moves anything.** The new instances are asked through the
//!   route's own door, host and path by a request that nobody else can make; then the table is
//!   swapped; then the route is asked again.
//! - **A server may close kept connections whenever it likes.** Only idempotent requests without a
//!   body ride a kept connection, and one that breaks before any answer is repeated, once, on a
//!   fresh one. Everything else gets a fresh connection.
//! - **Clients keep their connections over a switch.** They are the proxy's, not the instance's.
//! - **A younger holder sees everything or refuses it.** A token is looked at under the lock that a
//!   change is made under. Raising it takes back what an older holder swapped and has not confirmed;
//!   after that, nothing of an older holder changes a route or cuts a request.
//! - HTTP/1.1 and 1.0, with bodies streamed both ways and upgrades (WebSocket) tunnelled. HTTP/2
//!   and TLS are not spoken.
//!
//! # What survives a restart
//! With [`ProxyConfig::state`], every change is stored before its verb answers, and taken up again by
//! the next [`Proxy::start`], before any request is accepted:
//!
//! | survives | does not |
//! |---|---|
//! | routes, and the instances that they lead to | a swap that was not confirmed: the route leads where it led before |
//! | the public port, and the port of every internal route, promised ones among them | connections, and the requests on them |
//! | the numbers of drains, until they are forgotten | [`ProxyStats`] |
//! | which instances are not drained yet | what was counted at them: it is told as unknown, never as 0 |
//!
//! The port of an internal route that somebody else has by then stays the route's, shut, until a
//! prepare or a switch finds it free (`port.taken` till then) or the route is closed.
//!
//! A change that cannot be stored is in force and its verb fails (`state.disk_full`,
//! `state.read_only`, `state.io`); asking again stores it. A kill at any instant loses no change that
//! was answered. The file is synchronised before it replaces the one before, so that a loss of power
//! never damages it, but may bring the one before back: the instances are gone then too.

mod config;
mod confirm;
mod drain;
mod drains;
mod forward;
mod instance;
mod pool;
mod ports;
mod proxy;
mod relay;
mod remote;
mod routes;
mod server;
mod state;
mod stats;
mod switch;
mod table;
mod upgrade_policy;
mod wire;

pub use config::ProxyConfig;
pub use proxy::Proxy;
pub use remote::{ProxyPart, RemoteRoutes};
pub use stats::ProxyStats;
pub use upgrade_policy::UpgradePolicy;
