//! Whether a Service leads to new pods, and to no others.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use eve_core::{Cancel, Deadline, Error, OpCx, Result, RouteId, codes};

use super::answer::{BoxError, Said, ask, knock};
use super::backs::{Back, Watched, behind};
use super::note::Note;
use super::relay;
use crate::api::{Cluster, Kind};
use crate::labels;

/// Longest time that a switch may take to be confirmed.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two questions at the Service.
const PAUSE: Duration = Duration::from_millis(50);
/// How long the nodes of a cluster may need to follow what it knows, where nobody here can ask through the Service:
/// kube-proxy takes changes together for up to a second.
const NODES_FOLLOW: Duration = Duration::from_secs(3);

/// The Service of a route, and who is to answer behind it.
pub(super) struct Switched<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) backs: Arc<Watched>,
    pub(super) namespace: &'a str,
    /// The Service's name.
    pub(super) service: &'a str,
    /// Its address in the cluster.
    pub(super) address: Option<&'a str>,
    /// The objects whose pods are to answer.
    pub(super) objects: BTreeSet<String>,
    pub(super) note: &'a Note,
}

impl Switched<'_> {
    /// Waits until the cluster leads to pods of the new release alone, and one answers through the Service.
    pub(super) async fn confirm(&self, cx: &OpCx) -> Result<()> {
        let env = &*cx.env;
        let deadline = cx.deadline.earlier(Deadline::after(env, PATIENCE));
        let mut last: BoxError = "no pod is behind it yet".into();
        let confirmed = async {
            let backs = self.settled(&mut last).await?;
            last = "nobody has answered yet".into();
            self.answered(cx, &backs, &mut last).await;
            Ok::<_, BoxError>(())
        };
        let ended = tokio::select! {
            () = cx.cancel.cancelled() => return Err(Cancel::error()),
            ended = deadline.limit(env, "an answer through the Service", confirmed) => ended,
        };
        match ended {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(unconfirmed(&self.note.route.id).with_source(error)),
            Err(_) => Err(unconfirmed(&self.note.route.id).with_source(last)),
        }
    }

    /// Waits until the cluster knows pods of the new release for it, and no others.
    async fn settled(&self, last: &mut BoxError) -> std::result::Result<Vec<Back>, BoxError> {
        let mut seen = self.backs.seen();
        loop {
            seen.changed().await?;
            let look = seen.borrow_and_update().clone();
            match look {
                None => {}
                Some(Err(gap)) => *last = gap.into(),
                Some(Ok(look)) => {
                    let backs = behind(&look, self.service, self.note.route.port);
                    match self.check(&backs).await {
                        Ok(()) => return Ok(backs),
                        Err(why) => *last = why,
                    }
                }
            }
        }
    }

    async fn check(&self, backs: &[Back]) -> std::result::Result<(), BoxError> {
        if backs.is_empty() {
            return Err("no pod is behind it yet".into());
        }
        for back in backs {
            if !self.object_of(&back.pod).await?.is_some_and(|object| self.objects.contains(&object)) {
                return Err(format!("pod {} is still behind it", back.pod).into());
            }
        }
        Ok(())
    }

    /// The object that a pod belongs to.
    async fn object_of(&self, pod: &str) -> Result<Option<String>> {
        if let Some(object) = self.cluster.known().object_of_pod(self.namespace, pod) {
            return Ok(Some(object));
        }
        let found = self.cluster.find(Kind::Pod, self.namespace, pod).await?;
        Ok(found.and_then(|pod| labels::text(pod.metadata.labels.as_ref(), labels::OBJECT).map(str::to_owned)))
    }

    /// Asks through the Service until somebody answers, or nobody can be asked.
    async fn answered(&self, cx: &OpCx, backs: &[Back], last: &mut BoxError) {
        let Some(host) = self.address else { return };
        let begun = cx.env.monotonic();
        let route = &self.note.route;
        loop {
            match ask(host, route.port, &route.confirm_path).await {
                Said::Answer => return,
                Said::Refused(_) if self.may_be_silent() && nobody_listens(backs).await => return,
                Said::Refused(why) => *last = why,
                // This may be outside of the cluster's network: then the cluster itself asks.
                Said::Nothing(_) => match relay::ask(self.cluster, (self.namespace, self.service), route).await {
                    Said::Answer => return,
                    Said::Refused(_) if self.may_be_silent() => return,
                    // It may not be asked: what it knows has to be enough, some time after it knew.
                    Said::Nothing(_) if cx.env.monotonic().since(begun) >= NODES_FOLLOW => return,
                    Said::Refused(why) | Said::Nothing(why) => *last = why,
                },
            }
            cx.env.sleep(PAUSE).await;
        }
    }

    /// True where nobody was led anywhere before, and no health check says that somebody listens: who listens to nothing
    /// is ready nevertheless.
    fn may_be_silent(&self) -> bool {
        !self.note.is_open() && self.note.route.confirm_path == "/"
    }
}

/// True if every pod can be reached, and none listens.
async fn nobody_listens(backs: &[Back]) -> bool {
    for back in backs {
        let Some((host, port)) = &back.address else { return false };
        if !matches!(knock(host, *port).await, Err(Said::Refused(_))) {
            return false;
        }
    }
    true
}

pub(super) fn unconfirmed(id: &RouteId) -> Error {
    Error::failed(codes::ROUTE_UNCONFIRMED, format!("no pod of the new release answered through {id}"))
        .with_hint("requests go where they went before; look at the pods' logs")
}
