//! Children, logs and ingress, here or in a supervisor.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eve_core::wrap::Timeout;
use eve_core::{Builder, Deadline, Env, Fences, Result, Routes, Runner, Runtime, codes};
use eve_proxy::Proxy;
use eve_runtime_process::ProcessHost;

use super::EmbeddedConfig;
use super::containers::Containers;
use super::held::open_ingress;
use super::ingress::Ingress;
use super::supervised::Supervised;

/// How long a supervisor may take to answer what is no operation, and beyond an operation's deadline.
pub(super) const HANGS: Duration = Duration::from_secs(30);
/// How long a supervisor may take to begin or to end before that is told.
const MOMENTS: Duration = Duration::from_secs(5);
/// Between two looks whether it has.
const AGAIN: Duration = Duration::from_millis(100);

/// Services, attempts, logs and ingress of one state directory.
#[derive(Debug, Clone)]
pub(super) enum DataPlane {
    /// Processes or containers; what is not a container ends with this process.
    Here { host: ProcessHost, proxy: Proxy, containers: Option<Containers> },
    /// Processes or containers; what is not a container is in a supervisor and outlives this process.
    Supervised { supervised: Supervised, containers: Option<Containers> },
    /// Containers; their ingress is in a supervisor where there is a route.
    Containers(Ingress),
}

impl DataPlane {
    /// Opens the data plane as the config says; starts a supervisor where one is needed and none runs
    /// yet.
    pub(super) async fn open(config: &EmbeddedConfig, env: &Arc<dyn Env>) -> Result<Self> {
        match (Containers::for_work(config).await?, config.supervisor.clone()) {
            (Some(containers), Some(program)) => {
                Ingress::find(config, program, containers, env).await.map(Self::Containers)
            }
            (None, Some(program)) => {
                let supervised = Supervised::open(config, &program, &**env).await?;
                Ok(Self::Supervised { supervised, containers: None })
            }
            (Some(containers), None) => {
                let internal_bind = containers.internal_bind().await?;
                let config = EmbeddedConfig { internal_bind, ..config.clone() };
                Self::here(&config, env, Some(containers)).await
            }
            (None, None) => Self::here(config, env, None).await,
        }
    }

    /// The data plane that a supervisor holds now; none where none runs. One that starts or ends is
    /// waited for.
    ///
    /// # Errors
    /// `supervisor.unavailable` if one runs that does not answer: nobody knows what it holds.
    pub(super) async fn running(config: &EmbeddedConfig, dir: &Path, env: &dyn Env) -> Result<Option<Self>> {
        let containers = Containers::of(config).await?;
        let deadline = Deadline::after(env, MOMENTS);
        loop {
            match Supervised::running(config, dir).await {
                Ok(supervised) => return Ok(Some(Self::Supervised { supervised, containers })),
                Err(error) if *error.code() != codes::SUPERVISOR_UNAVAILABLE => return Err(error),
                Err(error) => match eve_supervisor::holder(dir)? {
                    None => return Ok(None),
                    Some(_) if deadline.has_passed(env) => return Err(error),
                    Some(_) => env.sleep(AGAIN).await,
                },
            }
        }
    }

    /// The port of the ingress on 127.0.0.1.
    ///
    /// # Errors
    /// `deadline.exceeded` if a supervisor does not answer; whatever it answers, or where it cannot be
    /// started.
    pub(super) async fn ingress_port(&self, env: &dyn Env) -> Result<u16> {
        match self {
            Self::Here { proxy, .. } => Ok(proxy.public_port()),
            Self::Supervised { supervised, .. } => supervised.ingress_port(env).await,
            Self::Containers(ingress) => ingress.port().await,
        }
    }

    pub(super) fn runtime(&self, env: &Arc<dyn Env>) -> Arc<dyn Runtime> {
        match self {
            Self::Here { host, containers: None, .. } => Arc::new(host.runtime()),
            Self::Supervised { supervised, containers: None } => {
                Arc::new(Timeout::new(supervised.host.runtime(), Arc::clone(env), HANGS))
            }
            Self::Here { containers: Some(containers), .. } | Self::Supervised { containers: Some(containers), .. } => {
                containers.runtime(env)
            }
            Self::Containers(ingress) => ingress.containers().runtime(env),
        }
    }

    pub(super) fn runner(&self, env: &Arc<dyn Env>) -> Arc<dyn Runner> {
        match self {
            Self::Here { host, containers: None, .. } => Arc::new(host.runner()),
            Self::Supervised { supervised, containers: None } => {
                Arc::new(Timeout::new(supervised.host.runner(), Arc::clone(env), HANGS))
            }
            Self::Here { containers: Some(containers), .. } | Self::Supervised { containers: Some(containers), .. } => {
                containers.runner(env)
            }
            Self::Containers(ingress) => ingress.containers().runner(env),
        }
    }

    pub(super) fn builder(&self) -> Arc<dyn Builder> {
        match self {
            Self::Here { host, containers: None, .. } => Arc::new(host.builder()),
            Self::Supervised { supervised, containers: None } => Arc::new(supervised.host.builder()),
            Self::Here { containers: Some(containers), .. } | Self::Supervised { containers: Some(containers), .. } => {
                containers.builder()
            }
            Self::Containers(ingress) => ingress.containers().builder(),
        }
    }

    pub(super) fn routes(&self, env: &Arc<dyn Env>) -> Arc<dyn Routes> {
        let (ingress, containers): (Arc<dyn Routes>, _) = match self {
            Self::Here { proxy, containers, .. } => (Arc::new(proxy.clone()), containers.as_ref()),
            Self::Supervised { supervised, containers } => {
                let routes = Timeout::new(supervised.routes.clone(), Arc::clone(env), HANGS);
                (Arc::new(routes), containers.as_ref())
            }
            Self::Containers(ingress) => (Arc::new(ingress.clone()), Some(ingress.containers())),
        };
        match containers {
            Some(containers) => containers.routes(ingress, env),
            None => ingress,
        }
    }

    /// Lets go of it: what lives here ends, what a supervisor holds runs on.
    pub(super) async fn close(&self, env: &dyn Env) {
        /// How long requests under way may take to end.
        const PATIENCE: Duration = Duration::from_secs(2);
        match self {
            Self::Here { host, proxy, .. } => {
                proxy.shutdown(Deadline::after(env, PATIENCE)).await;
                host.shutdown().await;
            }
            Self::Supervised { supervised, .. } => supervised.leave(),
            Self::Containers(ingress) => ingress.leave(),
        }
    }

    async fn here(config: &EmbeddedConfig, env: &Arc<dyn Env>, containers: Option<Containers>) -> Result<Self> {
        let (host, fences) = Self::hold_children(config, env).await?;
        match open_ingress(config, env, fences, &*host.children()).await {
            Ok(proxy) => Ok(Self::Here { host, proxy, containers }),
            Err(error) => {
                host.shutdown().await;
                Err(error)
            }
        }
    }

    /// A supervisor that holds nothing ends within moments: it is waited for.
    ///
    /// # Errors
    /// `state.held` if it holds something, or another process does.
    async fn hold_children(config: &EmbeddedConfig, env: &Arc<dyn Env>) -> Result<(ProcessHost, Arc<Fences>)> {
        let deadline = Deadline::after(&**env, MOMENTS);
        loop {
            // Anew each time: whoever holds the children meanwhile may raise a token.
            let fences = eve_supervisor::fences(&config.dir)?;
            match ProcessHost::open(config.process(), Arc::clone(&fences)).await {
                Err(error) if *error.code() == codes::STATE_HELD && eve_supervisor::holder(&config.dir)?.is_some() => {
                    if deadline.has_passed(&**env) {
                        let hint = "let the supervisor hold this too (no --foreground), or delete what it holds";
                        return Err(error.with_hint(hint));
                    }
                    env.sleep(AGAIN).await;
                }
                opened => return Ok((opened?, fences)),
            }
        }
    }
}
