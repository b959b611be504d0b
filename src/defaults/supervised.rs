//! Children, logs and ingress in a supervisor.

use std::path::Path;
use std::sync::Arc;

use eve_core::control::Channel;
use eve_core::{Deadline, Env, Error, Result, codes};
use eve_proxy::RemoteRoutes;
use eve_runtime_process::{ProcessConfig, ProcessHost};
use eve_supervisor::Control;

use super::EmbeddedConfig;
use super::data_plane::HANGS;
use super::setting::launcher;
use super::vigil::Vigil;

/// What a supervisor holds: it outlives this process.
#[derive(Debug, Clone)]
pub(super) struct Supervised {
    pub(super) host: ProcessHost,
    pub(super) routes: RemoteRoutes,
    vigil: Option<Arc<Vigil>>,
}

impl Supervised {
    /// Finds the supervisor, or starts one, and starts it again whenever it goes away. One that runs
    /// was started for somebody else, and has to be what is needed.
    ///
    /// # Errors
    /// `supervisor.unavailable` if it cannot be started, `supervisor.config` if it runs with other
    /// settings, `control.version`; `port.taken`.
    pub(super) async fn open(config: &EmbeddedConfig, program: &Path, env: &dyn Env) -> Result<Self> {
        let control = Control::open(&config.dir, launcher(program, config)?).await?;
        let supervised = Self::behind(config.process(), control).await?.watched(env);
        supervised.check_internal_bind(config, env).await?;
        let port = supervised.ingress_port(env).await?;
        if config.ingress_port == 0 || config.ingress_port == port {
            return Ok(supervised);
        }
        let text = format!("the ingress listens on port {port}, and {} was asked for", config.ingress_port);
        Err(Error::conflict(codes::SUPERVISOR_CONFIG, text)
            .with_hint("leave the port open, or end what runs in this state directory first"))
    }

    /// What is held by the supervisor that runs.
    ///
    /// # Errors
    /// `supervisor.unavailable` if none runs or it does not answer.
    pub(super) async fn running(config: &EmbeddedConfig, dir: &Path) -> Result<Self> {
        Self::behind(config.process(), Control::connect(dir).await?).await
    }

    async fn behind(process: ProcessConfig, control: Control) -> Result<Self> {
        let control: Arc<dyn Channel> = Arc::new(control);
        let host = ProcessHost::attach(process, Arc::clone(&control)).await?;
        Ok(Self { host, routes: RemoteRoutes::new(control), vigil: None })
    }

    fn watched(self, env: &dyn Env) -> Self {
        let vigil = Some(Arc::new(Vigil::begin(env, self.host.children())));
        Self { vigil, ..self }
    }

    /// The port of the ingress on 127.0.0.1. Whoever asks a supervisor that goes away meanwhile asks
    /// the one that comes next.
    ///
    /// # Errors
    /// `deadline.exceeded` if a supervisor does not answer; whatever it answers.
    pub(super) async fn ingress_port(&self, env: &dyn Env) -> Result<u16> {
        const TRIES: u32 = 10;
        let mut tries = 1;
        let asking = async {
            loop {
                match self.routes.ingress_port().await {
                    Err(error) if *error.code() == codes::SUPERVISOR_LOST && tries < TRIES => tries += 1,
                    answer => return answer,
                }
            }
        };
        Deadline::after(env, HANGS).limit(env, "the supervisor's ingress", asking).await?
    }

    async fn check_internal_bind(&self, config: &EmbeddedConfig, env: &dyn Env) -> Result<()> {
        let needed = config.internal_bind;
        if needed.is_loopback() {
            // This machine's own processes reach it wherever it is.
            return Ok(());
        }
        let asking = self.routes.internal_bind();
        let bind = Deadline::after(env, HANGS).limit(env, "the supervisor's ingress", asking).await??;
        if bind == needed {
            return Ok(());
        }
        let text = format!("internal routes come in at {bind}, and containers reach them at {needed} alone");
        Err(Error::conflict(codes::SUPERVISOR_CONFIG, text)
            .with_hint("end what runs in this state directory first, or use another one"))
    }

    /// Stays with it no longer: it runs on.
    pub(super) fn leave(&self) {
        self.vigil.iter().for_each(|vigil| vigil.end());
    }
}
