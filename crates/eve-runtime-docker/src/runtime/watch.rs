//! Watching an environment.

use std::collections::HashMap;
use std::sync::Arc;

use eve_core::{EnvironmentId, Observed, Result};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::docker_runtime::DockerRuntime;
use crate::labels;
use crate::probing::Prober;
use crate::watching::{Notes, Touched};

/// One watch: it looks again whenever something of the environment was touched, and sees that its
/// containers are probed meanwhile.
struct Watch {
    runtime: DockerRuntime,
    environment: EnvironmentId,
    prefix: String,
    notes: Notes,
    probers: HashMap<String, Arc<Prober>>,
    last: Option<Observed>,
    begun: bool,
}

impl DockerRuntime {
    pub(super) fn watching(&self, env: &EnvironmentId) -> BoxStream<'static, Result<Observed>> {
        let watch = Watch {
            // Before the first look, so that nothing is missed between the two.
            notes: self.feed.subscribe(),
            runtime: self.clone(),
            environment: env.clone(),
            prefix: labels::name_prefix(env),
            probers: HashMap::new(),
            last: None,
            begun: false,
        };
        stream::unfold(watch, Watch::next).boxed()
    }
}

impl Watch {
    async fn next(mut self) -> Option<(Result<Observed>, Self)> {
        loop {
            if std::mem::replace(&mut self.begun, true) {
                match self.notes.touched(&self.prefix).await {
                    Touched::Yes => {}
                    Touched::Lost(gap) => {
                        self.last = None;
                        return Some((Err(gap), self));
                    }
                }
            }
            match self.look().await {
                Ok(seen) if self.last.as_ref() == Some(&seen) => {}
                Ok(seen) => {
                    self.last = Some(seen.clone());
                    return Some((Ok(seen), self));
                }
                Err(gap) => {
                    self.last = None;
                    return Some((Err(gap), self));
                }
            }
        }
    }

    /// Looks, with a prober at every container that runs: those that are new begin now.
    async fn look(&mut self) -> Result<Observed> {
        let look = self.runtime.look(&self.environment).await?;
        let attended =
            look.sights.iter().filter_map(|sight| Some((sight.id.clone(), self.runtime.probes.attend(sight)?)));
        self.probers = attended.collect();
        self.runtime.told(&self.environment, &look).await
    }
}
