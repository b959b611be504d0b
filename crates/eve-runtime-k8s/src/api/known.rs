//! What the cluster last said of Services and pods.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use kube::api::DynamicObject;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::Instant;

use super::kind::Kind;
use crate::labels;
use crate::runtime::version;

/// How long a list may stand for another one.
const FRESH: Duration = Duration::from_secs(1);
/// The kinds that not the runtime alone asks for: the routes ask for Services right after it, the attempts for Jobs right before or meanwhile.
const SHARED: [Kind; 2] = [Kind::Service, Kind::Job];

/// What the cluster last said of Services and pods: a first guess for whoever is about to lead a Service elsewhere. The
/// server checks it with the change, by the version; a guess that is outdated costs one more reading.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known(Arc<Mutex<Said>>);

#[derive(Debug, Default)]
struct Said {
    services: BTreeMap<Place, DynamicObject>,
    /// What a namespace was found to hold of a kind, and when, as long as nobody has used that and nothing has changed since.
    listed: BTreeMap<(Kind, String), (Instant, Vec<DynamicObject>)>,
    /// Who is asking for such a list.
    asking: BTreeMap<(Kind, String), Weak<AsyncMutex<()>>>,
    /// The objects that pods belong to.
    pods: BTreeMap<Place, String>,
}

/// A namespace, and a name in it.
type Place = (String, String);

impl Known {
    /// All objects of a kind in a namespace, as they were listed.
    pub(crate) fn put_all(&self, kind: Kind, namespace: &str, objects: &[DynamicObject]) {
        self.with(|said| {
            match kind {
                Kind::Service => {
                    said.services.retain(|(of, _), _| of != namespace);
                    said.services.extend(objects.iter().map(|one| (place(namespace, one), one.clone())));
                }
                Kind::Pod => {
                    said.pods.retain(|(of, _), _| of != namespace);
                    said.pods.extend(objects.iter().filter_map(|one| Some((place(namespace, one), owner(one)?))));
                }
                _ => {}
            }
            if SHARED.contains(&kind) {
                said.listed.insert((kind, namespace.to_owned()), (Instant::now(), objects.to_vec()));
            }
        });
    }

    /// One object, as it was told.
    pub(crate) fn put(&self, kind: Kind, namespace: &str, object: &DynamicObject) {
        self.with(|said| {
            said.listed.remove(&(kind, namespace.to_owned()));
            match kind {
                Kind::Service => {
                    let slot = said.services.entry(place(namespace, object)).or_insert_with(|| object.clone());
                    // A watch may lag behind an answer.
                    if version(object) > version(slot) {
                        *slot = object.clone();
                    }
                }
                Kind::Pod => {
                    said.pods.extend(owner(object).map(|owner| (place(namespace, object), owner)));
                }
                _ => {}
            }
        });
    }

    /// One object that is not there, or not as it was.
    pub(crate) fn forget(&self, kind: Kind, namespace: &str, name: &str) {
        let place = (namespace.to_owned(), name.to_owned());
        self.with(|said| {
            said.listed.remove(&(kind, namespace.to_owned()));
            match kind {
                Kind::Service => drop(said.services.remove(&place)),
                Kind::Pod => drop(said.pods.remove(&place)),
                _ => {}
            }
        });
    }

    /// Some object of a kind is about to change: a list of before stands for none.
    pub(crate) fn outdate(&self, kind: Kind, namespace: &str) {
        self.with(|said| drop(said.listed.remove(&(kind, namespace.to_owned()))));
    }

    /// A namespace that is gone.
    pub(crate) fn forget_all(&self, namespace: &str) {
        self.with(|said| {
            said.services.retain(|(of, _), _| of != namespace);
            said.pods.retain(|(of, _), _| of != namespace);
            said.listed.retain(|(_, of), _| of != namespace);
        });
    }

    pub(crate) fn service(&self, namespace: &str, name: &str) -> Option<DynamicObject> {
        self.with(|said| said.services.get(&(namespace.to_owned(), name.to_owned())).cloned())
    }

    /// The object that a pod belongs to: none of a pod that nobody has heard of.
    pub(crate) fn object_of_pod(&self, namespace: &str, name: &str) -> Option<String> {
        self.with(|said| said.pods.get(&(namespace.to_owned(), name.to_owned())).cloned())
    }

    /// The objects of a kind that were just listed, for the one who asks next.
    pub(crate) fn take_list(&self, kind: Kind, namespace: &str) -> Option<Vec<DynamicObject>> {
        let taken = self.with(|said| said.listed.remove(&(kind, namespace.to_owned())));
        taken.filter(|(at, _)| at.elapsed() <= FRESH).map(|(_, objects)| objects)
    }

    /// What whoever asks for a list that others may use holds, so that they wait for it and do not ask themselves.
    pub(crate) fn turn(&self, kind: Kind, namespace: &str) -> Arc<AsyncMutex<()>> {
        self.with(|said| {
            said.asking.retain(|_, turn| turn.strong_count() > 0);
            let place = (kind, namespace.to_owned());
            said.asking.get(&place).and_then(Weak::upgrade).unwrap_or_else(|| {
                let turn = Arc::default();
                said.asking.insert(place, Arc::downgrade(&turn));
                turn
            })
        })
    }

    fn with<T>(&self, what: impl FnOnce(&mut Said) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn place(namespace: &str, object: &DynamicObject) -> Place {
    (namespace.to_owned(), object.metadata.name.clone().unwrap_or_default())
}

fn owner(pod: &DynamicObject) -> Option<String> {
    labels::text(pod.metadata.labels.as_ref(), labels::OBJECT).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(kind: Kind, name: &str) -> DynamicObject {
        DynamicObject::new(name, &kind.resource())
    }

    #[test]
    fn what_a_list_of_a_namespace_does_not_have_is_known_no_more() {
        let known = Known::default();
        known.put(Kind::Service, "a", &object(Kind::Service, "web"));
        known.put(Kind::Service, "b", &object(Kind::Service, "web"));
        known.put_all(Kind::Service, "a", &[object(Kind::Service, "api")]);
        assert!(known.service("a", "web").is_none());
        assert!(known.service("a", "api").is_some());
        assert!(known.service("b", "web").is_some(), "another namespace is not touched");
    }

    #[test]
    fn a_list_stands_for_one_other_and_for_none_after_a_change() {
        let known = Known::default();
        let listed = [object(Kind::Service, "web")];
        known.put_all(Kind::Service, "a", &listed);
        assert_eq!(known.take_list(Kind::Service, "a").map(|list| list.len()), Some(1));
        assert!(known.take_list(Kind::Service, "a").is_none(), "it was used");
        known.put_all(Kind::Service, "a", &listed);
        known.put(Kind::Service, "a", &listed[0]);
        assert!(known.take_list(Kind::Service, "a").is_none(), "it is outdated");
    }

    #[test]
    fn two_who_ask_for_one_list_wait_for_each_other_and_for_nobody_else() {
        let known = Known::default();
        let first = known.turn(Kind::Job, "a");
        assert!(Arc::ptr_eq(&first, &known.turn(Kind::Job, "a")));
        let held = first.try_lock().expect("nobody asks yet");
        assert!(known.turn(Kind::Job, "a").try_lock().is_err());
        assert!(known.turn(Kind::Job, "b").try_lock().is_ok());
        assert!(known.turn(Kind::Service, "a").try_lock().is_ok());
        drop(held);
        drop(first);
        assert!(known.turn(Kind::Job, "a").try_lock().is_ok());
    }

    #[test]
    fn a_pod_that_nobody_has_heard_of_belongs_to_nobody() {
        let known = Known::default();
        let mut pod = object(Kind::Pod, "web-1");
        pod.metadata.labels = Some(BTreeMap::from([(labels::OBJECT.to_owned(), "web".to_owned())]));
        known.put(Kind::Pod, "a", &pod);
        assert_eq!(known.object_of_pod("a", "web-1").as_deref(), Some("web"));
        assert_eq!(known.object_of_pod("a", "web-2"), None);
        known.forget(Kind::Pod, "a", "web-1");
        assert_eq!(known.object_of_pod("a", "web-1"), None);
    }
}
