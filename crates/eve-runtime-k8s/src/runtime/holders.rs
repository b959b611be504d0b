//! Who else is in a namespace: with it goes all that it holds, of whatever kind.

use eve_core::{EnvironmentId, Owner, Result, naming};
use futures_util::FutureExt as _;
use futures_util::stream::{self, StreamExt as _};
use kube::api::DynamicObject;
use kube::core::{ApiResource, ObjectMeta, PartialObjectMeta};

use super::k8s_runtime::K8sRuntime;
use super::look::Look;
use super::observe;
use crate::api::{Kind, Served};
use crate::labels;

/// How many kinds are looked through at once.
const AT_ONCE: usize = 8;
/// How many of those that hold a namespace are named.
const NAMED: usize = 3;
/// What clusters write down by themselves about other objects: group and plural.
const WRITTEN: [(&str, &str); 3] = [("", "events"), ("events.k8s.io", "events"), ("", "endpoints")];
/// A group whose objects are nothing but measurements of others.
const MEASURED: &str = "metrics.k8s.io";
/// The account of a token that the cluster made: an annotation.
const TOKEN_OF: &str = "kubernetes.io/service-account.name";

/// What looking through one kind told.
enum Told {
    Nothing,
    Stranger(String),
    /// It could not be looked at, and why.
    Unseen(String),
}

impl K8sRuntime {
    /// Why a namespace has to stay; none if all that is in it may go.
    ///
    /// # Errors
    /// `access.denied`, `backend.unavailable`.
    pub(super) async fn holders(&self, environment: &EnvironmentId) -> Result<Option<String>> {
        let look = Look::take(&self.cluster, &self.config, environment).await?;
        let seen = observe::told(&self.config, &look);
        let known: Vec<String> = observe::running_attempts(&self.config, &look)
            .map(|name| format!("{name} still runs in it"))
            .chain(
                seen.objects.iter().filter(|one| one.owner == Owner::Stranger).map(|one| foreign(&one.id.to_string())),
            )
            .collect();
        if !known.is_empty() {
            return Ok(Some(named(&known)));
        }
        let served = self.cluster.served().await?;
        let namespace = naming::namespace(environment);
        let mut looks = Vec::new();
        for kind in &served.in_namespaces {
            if !is_written(kind) {
                looks.push(self.look_through(&served, kind, &namespace).boxed());
            }
        }
        let told: Vec<Told> = stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
        let (mut strangers, mut unseen) = (Vec::new(), Vec::new());
        for one in told {
            match one {
                Told::Nothing => {}
                Told::Stranger(what) => strangers.push(what),
                Told::Unseen(why) => unseen.push(why),
            }
        }
        strangers.sort();
        unseen.sort();
        Ok(match (strangers.is_empty(), unseen.is_empty()) {
            (false, _) => Some(named(&strangers)),
            (true, false) => Some(format!("it cannot be seen whether it is empty: {}", named(&unseen))),
            (true, true) => None,
        })
    }

    async fn look_through(&self, served: &Served, kind: &ApiResource, namespace: &str) -> Told {
        let mut after: Option<String> = None;
        loop {
            let page = match self.cluster.page(kind, namespace, after.as_deref()).await {
                Ok(page) => page,
                // What cannot be listed after all holds nothing.
                Err(kube::Error::Api(status)) if matches!(status.code, 404 | 405) => return Told::Nothing,
                Err(kube::Error::Api(status)) if status.code == 403 => {
                    return Told::Unseen(format!("{} may not be listed", title(kind)));
                }
                Err(error) => {
                    tracing::warn!(
                        kind = title(kind),
                        error = &error as &dyn std::error::Error,
                        "a kind is not listed"
                    );
                    return Told::Unseen(format!("{} cannot be listed", title(kind)));
                }
            };
            if let Some(found) = page.items.iter().find(|one| self.is_strangers(served, kind, one)) {
                let name = found.metadata.name.as_deref().unwrap_or_default();
                return Told::Stranger(foreign(&format!("{} {name}", title(kind))));
            }
            after = page.metadata.continue_.filter(|token| !token.is_empty());
            if after.is_none() {
                return Told::Nothing;
            }
        }
    }

    fn is_strangers(&self, served: &Served, kind: &ApiResource, found: &PartialObjectMeta<DynamicObject>) -> bool {
        let meta = &found.metadata;
        let name = meta.name.as_deref().unwrap_or_default();
        let is_ours = labels::text(meta.labels.as_ref(), labels::OWNER) == Some(self.config.owner.as_str());
        let is_given = Kind::MADE
            .into_iter()
            .find(|one| one.names().0 == kind.group && one.names().3 == kind.plural)
            .is_some_and(|one| observe::is_given(&self.config, one, name));
        let is_token = labels::text(meta.annotations.as_ref(), TOKEN_OF)
            .is_some_and(|account| account == "default" || account == crate::render::ACCOUNT);
        !is_ours && !is_given && !is_token && !is_made_for_another(served, meta)
    }
}

/// True for what goes with another object of its namespace, which is looked at by itself.
fn is_made_for_another(served: &Served, meta: &ObjectMeta) -> bool {
    meta.owner_references.iter().flatten().any(|owner| {
        let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
        !served.in_cluster.contains(&(group.to_owned(), owner.kind.clone()))
    })
}

fn is_written(kind: &ApiResource) -> bool {
    kind.group == MEASURED || WRITTEN.contains(&(kind.group.as_str(), kind.plural.as_str()))
}

fn title(kind: &ApiResource) -> String {
    if kind.group.is_empty() { kind.plural.clone() } else { format!("{}.{}", kind.plural, kind.group) }
}

fn foreign(what: &str) -> String {
    format!("{what} is in it, which is not Eve's")
}

fn named(all: &[String]) -> String {
    let more = all.len().saturating_sub(NAMED);
    let first = all.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
    if more == 0 { first } else { format!("{first}; and {more} more") }
}
