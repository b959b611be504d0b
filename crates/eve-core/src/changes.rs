//! What a backend's planning answers, and how a backend gets there.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Body, Digest, Error, Loss, ObjectId, ObjectState, Observed, Op, Owner, Result, ServiceName, Verb, codes};

/// What has to change in a backend.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Changes {
    /// Objects that have to be made or changed.
    pub ensure: Vec<Op>,
    /// Objects that have to go, once nothing leads to them.
    pub retire: Vec<Op>,
    /// The instances of each service that carry the wanted release, new ones and those that stay.
    pub instances: BTreeMap<ServiceName, Vec<Expected>>,
    /// Services whose old instances must end before the new ones start, each with the reason.
    pub stop_first: BTreeMap<ServiceName, String>,
    /// What cannot be honoured.
    pub losses: Vec<Loss>,
}

/// An object that a plan counts on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Expected {
    /// Kind and name.
    pub object: ObjectId,
    /// The hash that it must have to count.
    pub hash: Digest,
}

/// An object that a backend wants to exist.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Wanted {
    /// Kind and name.
    pub object: ObjectId,
    /// The service that it is an instance of; none for what serves the environment as a whole.
    pub service: Option<ServiceName>,
    /// What it is made from; its digest is the spec hash.
    pub body: Body,
    /// Objects that must exist first.
    pub needs: Vec<ObjectId>,
    /// True if a live object of another hash can be changed in place.
    pub updatable: bool,
    /// What is no more as its hash says, of a live object of that hash: it is put right in place.
    pub repair: Option<String>,
}

impl Wanted {
    /// An object that is made anew when its spec changes.
    pub fn new(object: ObjectId, body: Body) -> Self {
        Self { object, service: None, body, needs: Vec::new(), updatable: false, repair: None }
    }

    /// Makes it an instance of a service.
    pub fn with_service(mut self, service: ServiceName) -> Self {
        self.service = Some(service);
        self
    }

    /// Says what is no more as its hash says.
    pub fn with_repair(mut self, what: impl Into<String>) -> Self {
        self.repair = Some(what.into());
        self
    }

    /// Names an object that must exist first.
    pub fn with_need(mut self, object: ObjectId) -> Self {
        self.needs.push(object);
        self
    }
}

impl Changes {
    /// Compares what is wanted with what was seen.
    ///
    /// A live object of the same name and hash stays. One that ended is made again. What is ours
    /// and not wanted is retired, by incarnation. Strangers' objects are left alone.
    ///
    /// # Errors
    /// `object.foreign` if a stranger has a name that is needed.
    pub fn diff(wanted: Vec<Wanted>, seen: &Observed) -> Result<Self> {
        let mut changes = Self::default();
        let names: BTreeSet<ObjectId> = wanted.iter().map(|want| want.object.clone()).collect();
        for want in wanted {
            changes.compare(want, seen)?;
        }
        for object in seen.ours().filter(|object| !names.contains(&object.id)) {
            changes.retire.push(Op::delete(object, "it is no longer wanted"));
        }
        Ok(changes)
    }

    fn compare(&mut self, want: Wanted, seen: &Observed) -> Result<()> {
        let Wanted { object: id, service, body, needs, updatable, repair } = want;
        let hash = body.digest();
        if let Some(service) = &service {
            let expected = Expected { object: id.clone(), hash: hash.clone() };
            self.instances.entry(service.clone()).or_default().push(expected);
        }
        let found = seen.object(&id);
        let (verb, why) = match found {
            Some(object) if object.owner == Owner::Stranger => {
                return Err(Error::conflict(codes::OBJECT_FOREIGN, format!("{id} exists and is not Eve's"))
                    .with_hint("rename or remove it; Eve never touches what it did not make"));
            }
            None => (Verb::Create, "it does not exist"),
            Some(object) if object.state == ObjectState::Unstarted => (Verb::Create, "it was never started"),
            Some(object) if !object.state.is_live() => (Verb::Create, "it ended"),
            Some(object) if object.hash.as_ref() == Some(&hash) => match &repair {
                Some(what) => (Verb::Update, &**what),
                None => return Ok(()),
            },
            Some(_) if updatable => (Verb::Update, "its spec changed"),
            Some(object) => {
                self.retire.push(Op::delete(object, "its spec changed"));
                (Verb::Create, "its spec changed")
            }
        };
        let before = found.and_then(|object| object.hash.clone());
        let mut op = Op::ensure(verb, id, before, body, why);
        op.service = service;
        op.after_objects = needs;
        if verb == Verb::Update {
            op.incarnation = found.map(|object| object.incarnation.clone());
        }
        self.ensure.push(op);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EnvironmentId, Exit, Incarnation, Object, ObjectName};

    fn id(name: &str) -> ObjectId {
        ObjectId::new("thing", ObjectName::new(name).unwrap())
    }

    fn seen(objects: Vec<Object>) -> Observed {
        Observed { objects, ..Observed::empty(EnvironmentId::parse("a/b/c").unwrap()) }
    }

    fn object(name: &str, spec: &str, state: ObjectState) -> Object {
        Object::new(id(name), Incarnation::new("1"), Body::of(&spec).unwrap().digest(), state)
    }

    fn want(name: &str, spec: &str) -> Wanted {
        Wanted::new(id(name), Body::of(&spec).unwrap())
    }

    #[test]
    fn an_equal_live_object_needs_nothing() {
        let changes = Changes::diff(vec![want("a", "x")], &seen(vec![object("a", "x", ObjectState::Ready)])).unwrap();
        assert!(changes.ensure.is_empty() && changes.retire.is_empty());
    }

    #[test]
    fn an_equal_live_object_that_is_not_what_its_hash_says_is_put_right_in_place() {
        let seen = seen(vec![object("a", "x", ObjectState::Ready)]);
        let changes = Changes::diff(vec![want("a", "x").with_repair("others took away it")], &seen).unwrap();
        assert!(changes.retire.is_empty());
        let [op] = &changes.ensure[..] else { panic!("one operation: {:?}", changes.ensure) };
        assert_eq!((op.verb, op.why.as_str()), (Verb::Update, "others took away it"));
        assert_eq!(op.incarnation, Some(Incarnation::new("1")));
    }

    #[test]
    fn an_object_that_ended_is_made_again() {
        let ended = object("a", "x", ObjectState::Ended { exit: Exit::Code(0) });
        assert_eq!(Changes::diff(vec![want("a", "x")], &seen(vec![ended])).unwrap().ensure.len(), 1);
    }

    #[test]
    fn an_object_that_was_never_started_is_made_again() {
        let unstarted = object("a", "x", ObjectState::Unstarted);
        let changes = Changes::diff(vec![want("a", "x")], &seen(vec![unstarted])).unwrap();
        assert_eq!(changes.ensure[0].why, "it was never started");
    }

    #[test]
    fn what_is_not_wanted_is_retired_and_a_strangers_is_not() {
        let mut foreign = object("b", "x", ObjectState::Ready);
        foreign.owner = Owner::Stranger;
        let changes = Changes::diff(Vec::new(), &seen(vec![object("a", "x", ObjectState::Ready), foreign])).unwrap();
        assert_eq!(changes.retire.iter().map(|op| op.object.clone()).collect::<Vec<_>>(), [id("a")]);
    }

    #[test]
    fn a_strangers_name_is_not_taken() {
        let mut foreign = object("a", "x", ObjectState::Ready);
        foreign.owner = Owner::Stranger;
        let error = Changes::diff(vec![want("a", "x")], &seen(vec![foreign])).unwrap_err();
        assert_eq!(error.code(), &codes::OBJECT_FOREIGN);
    }
}
