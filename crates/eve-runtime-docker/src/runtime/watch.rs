//! Watching an environment.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use eve_core::{EnvironmentId, Observed, Result};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::docker_runtime::DockerRuntime;
use super::observe::Look;
use crate::labels;
use crate::probing::Prober;
use crate::watching::{Notes, Touch, Touched};

/// One watch: it looks again at whatever was touched of the environment, and sees that its containers are probed
/// meanwhile.
struct Watch {
    runtime: DockerRuntime,
    environment: EnvironmentId,
    prefix: String,
    notes: Notes,
    probers: HashMap<String, Arc<Prober>>,
    /// What there was at the last look; none after a gap.
    seen: Option<Look>,
    last: Option<Observed>,
    next: Next,
}

/// What a watch does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Look,
    LookSoon,
    Listen,
}

/// After a gap, before the next look.
const AGAIN: Duration = Duration::from_millis(200);

impl DockerRuntime {
    pub(super) fn watching(&self, env: &EnvironmentId) -> BoxStream<'static, Result<Observed>> {
        let watch = Watch {
            // Before the first look, so that nothing is missed between the two.
            notes: self.feed.subscribe(),
            runtime: self.clone(),
            environment: env.clone(),
            prefix: labels::name_prefix(env),
            probers: HashMap::new(),
            seen: None,
            last: None,
            next: Next::Look,
        };
        stream::unfold(watch, Watch::step).boxed()
    }
}

impl Watch {
    async fn step(mut self) -> Option<(Result<Observed>, Self)> {
        loop {
            let mut touch = Touch::default();
            match self.next {
                Next::Look => {}
                Next::LookSoon => tokio::time::sleep(AGAIN).await,
                Next::Listen => match self.notes.touched(&self.prefix).await {
                    Touched::Yes(what) => touch = what,
                    Touched::Lost(gap) => return Some((Err(gap), self.after_a_gap())),
                },
            }
            self.next = Next::Listen;
            match self.look(&touch).await {
                Ok(seen) if self.last.as_ref() == Some(&seen) => {}
                Ok(seen) => {
                    self.last = Some(seen.clone());
                    return Some((Ok(seen), self));
                }
                Err(gap) => return Some((Err(gap), self.after_a_gap())),
            }
        }
    }

    /// What was missed is seen by a look, and by nothing else: nobody says it again.
    fn after_a_gap(mut self) -> Self {
        self.seen = None;
        self.last = None;
        self.next = Next::LookSoon;
        self
    }

    /// Looks, with a prober at every container that runs: those that are new begin now.
    async fn look(&mut self, touch: &Touch) -> Result<Observed> {
        let look = match self.seen.take() {
            Some(seen) => self.runtime.look_again(&self.environment, seen, touch).await?,
            None => self.runtime.look(&self.environment).await?,
        };
        let attended =
            look.sights.iter().filter_map(|sight| Some((sight.id.clone(), self.runtime.probes.attend(sight)?)));
        self.probers = attended.collect();
        let told = self.runtime.told(&self.environment, &look).await?;
        self.seen = Some(look);
        Ok(told)
    }
}
