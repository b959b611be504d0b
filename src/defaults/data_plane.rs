//! Children, logs and ingress, here or in a supervisor.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eve_core::control::Channel;
use eve_core::wrap::Timeout;
use eve_core::{Builder, Deadline, Env, Error, Fences, Result, Routes, Runner, Runtime, codes};
use eve_proxy::{Proxy, RemoteRoutes};
use eve_runtime_process::{ProcessConfig, ProcessHost};
use eve_supervisor::Control;

use super::EmbeddedConfig;
use super::containers::Containers;
use super::held::open_ingress;
use super::setting::launcher;
use super::vigil::Vigil;

/// How long a supervisor may take to answer what is no operation, and beyond an operation's deadline.
pub(super) const HANGS: Duration = Duration::from_secs(30);
/// How long a supervisor may take to begin or to end before that is told.
const MOMENTS: Duration = Duration::from_secs(5);
/// Between two looks whether it has.
const AGAIN: Duration = Duration::from_millis(100);

/// Services, attempts, logs and ingress of one state directory.
#[derive(Debug, Clone)]
pub(super) struct DataPlane {
    held: Held,
    containers: Containers,
}

/// Children, logs and ingress.
#[derive(Debug, Clone)]
enum Held {
    /// In this process: it ends with it.
    Here { host: ProcessHost, proxy: Proxy },
    /// In a supervisor: it outlives this process.
    Supervised { host: ProcessHost, routes: RemoteRoutes, vigil: Option<Arc<Vigil>> },
}

impl DataPlane {
    /// Opens the data plane as the config says; starts a supervisor where none runs yet.
    pub(super) async fn open(config: &EmbeddedConfig, env: &Arc<dyn Env>) -> Result<Self> {
        let containers = Containers::for_work(config)?;
        let config = &EmbeddedConfig { internal_bind: containers.internal_bind().await?, ..config.clone() };
        let Some(program) = &config.supervisor else {
            return Ok(Self { held: Held::here(config, env).await?, containers });
        };
        let control = Control::open(&config.dir, launcher(program, config)?).await?;
        let held = Held::behind(config.process(), Arc::new(control)).await?.watched(&**env);
        let plane = Self { held, containers };
        plane.check_internal_bind(config, &**env).await?;
        let port = plane.ingress_port(&**env).await?;
        if config.ingress_port == 0 || config.ingress_port == port {
            return Ok(plane);
        }
        let text = format!("the ingress listens on port {port}, and {} was asked for", config.ingress_port);
        Err(Error::conflict(codes::SUPERVISOR_CONFIG, text)
            .with_hint("leave the port open, or end what runs in this state directory first"))
    }

    /// The data plane that a supervisor holds now; none where none runs. One that starts or ends is
    /// waited for.
    ///
    /// # Errors
    /// `supervisor.unavailable` if one runs that does not answer: nobody knows what it holds.
    pub(super) async fn running(config: &EmbeddedConfig, dir: &Path, env: &dyn Env) -> Result<Option<Self>> {
        let containers = Containers::of(config)?;
        let deadline = Deadline::after(env, MOMENTS);
        loop {
            match Control::connect(dir).await {
                Ok(control) => {
                    let held = Held::behind(config.process(), Arc::new(control)).await?;
                    return Ok(Some(Self { held, containers }));
                }
                Err(error) if *error.code() != codes::SUPERVISOR_UNAVAILABLE => return Err(error),
                Err(error) => match eve_supervisor::holder(dir)? {
                    None => return Ok(None),
                    Some(_) if deadline.has_passed(env) => return Err(error),
                    Some(_) => env.sleep(AGAIN).await,
                },
            }
        }
    }

    /// The port of the ingress on 127.0.0.1. Whoever asks a supervisor that goes away meanwhile asks
    /// the one that comes next.
    ///
    /// # Errors
    /// `deadline.exceeded` if a supervisor does not answer; whatever it answers.
    pub(super) async fn ingress_port(&self, env: &dyn Env) -> Result<u16> {
        const TRIES: u32 = 10;
        let routes = match &self.held {
            Held::Here { proxy, .. } => return Ok(proxy.public_port()),
            Held::Supervised { routes, .. } => routes,
        };
        let mut tries = 1;
        let asking = async {
            loop {
                match routes.ingress_port().await {
                    Err(error) if *error.code() == codes::SUPERVISOR_LOST && tries < TRIES => tries += 1,
                    answer => return answer,
                }
            }
        };
        Deadline::after(env, HANGS).limit(env, "the supervisor's ingress", asking).await?
    }

    /// What is asked of the supervisor has to be what is needed: it was started for somebody else.
    async fn check_internal_bind(&self, config: &EmbeddedConfig, env: &dyn Env) -> Result<()> {
        let Held::Supervised { routes, .. } = &self.held else { return Ok(()) };
        let needed = config.internal_bind;
        if needed.is_loopback() {
            // This machine's own processes reach it wherever it is.
            return Ok(());
        }
        let bind = Deadline::after(env, HANGS).limit(env, "the supervisor's ingress", routes.internal_bind()).await??;
        if bind == needed {
            return Ok(());
        }
        let text = format!("internal routes come in at {bind}, and containers reach them at {needed} alone");
        Err(Error::conflict(codes::SUPERVISOR_CONFIG, text)
            .with_hint("end what runs in this state directory first, or use another one"))
    }

    pub(super) fn runtime(&self, env: &Arc<dyn Env>) -> Arc<dyn Runtime> {
        self.containers.runtime(env).unwrap_or_else(|| match &self.held {
            Held::Here { host, .. } => Arc::new(host.runtime()),
            Held::Supervised { host, .. } => Arc::new(Timeout::new(host.runtime(), Arc::clone(env), HANGS)),
        })
    }

    pub(super) fn runner(&self, env: &Arc<dyn Env>) -> Arc<dyn Runner> {
        self.containers.runner(env).unwrap_or_else(|| match &self.held {
            Held::Here { host, .. } => Arc::new(host.runner()),
            Held::Supervised { host, .. } => Arc::new(Timeout::new(host.runner(), Arc::clone(env), HANGS)),
        })
    }

    pub(super) fn builder(&self) -> Arc<dyn Builder> {
        self.containers.builder().unwrap_or_else(|| match &self.held {
            Held::Here { host, .. } | Held::Supervised { host, .. } => Arc::new(host.builder()),
        })
    }

    pub(super) fn routes(&self, env: &Arc<dyn Env>) -> Arc<dyn Routes> {
        match &self.held {
            Held::Here { proxy, .. } => Arc::new(proxy.clone()),
            Held::Supervised { routes, .. } => Arc::new(Timeout::new(routes.clone(), Arc::clone(env), HANGS)),
        }
    }

    /// Lets go of it: what lives here ends, what a supervisor holds runs on.
    pub(super) async fn close(&self, env: &dyn Env) {
        /// How long requests under way may take to end.
        const PATIENCE: Duration = Duration::from_secs(2);
        match &self.held {
            Held::Here { host, proxy } => {
                proxy.shutdown(Deadline::after(env, PATIENCE)).await;
                host.shutdown().await;
            }
            Held::Supervised { vigil, .. } => vigil.iter().for_each(|vigil| vigil.end()),
        }
    }
}

impl Held {
    async fn here(config: &EmbeddedConfig, env: &Arc<dyn Env>) -> Result<Self> {
        let (host, fences) = Self::hold_children(config, env).await?;
        match open_ingress(config, env, fences, &*host.children()).await {
            Ok(proxy) => Ok(Self::Here { host, proxy }),
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

    async fn behind(process: ProcessConfig, control: Arc<dyn Channel>) -> Result<Self> {
        let host = ProcessHost::attach(process, Arc::clone(&control)).await?;
        Ok(Self::Supervised { host, routes: RemoteRoutes::new(control), vigil: None })
    }

    /// Starts the supervisor again whenever it goes away, as long as this is there.
    fn watched(self, env: &dyn Env) -> Self {
        match self {
            Self::Supervised { host, routes, .. } => {
                let vigil = Some(Arc::new(Vigil::begin(env, host.children())));
                Self::Supervised { host, routes, vigil }
            }
            here @ Self::Here { .. } => here,
        }
    }
}
