//! The routes.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use eve_core::{
    Change, ChangeOutcome, Drained, EnvironmentId, Error, InstanceRef, ObservedRoute, OpCx, OpId, Result, RouteId,
    RouteSpec, RouteTarget, Routes, codes, naming,
};
use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::backs::Backs;
use super::confirm::Switched;
use super::note::{LEADS, Note, SPEC, noted, noted_leads};
use super::public;
use crate::api::{Apply, Cluster, Kind, is_conflict, is_gone, unavailable};
use crate::config::{Ingress, K8sConfig};
use crate::runtime::version;
use crate::{labels, name};

/// How often a Service is read again that somebody else changed meanwhile.
const TRIES: usize = 8;

/// Leads requests by Services: a route is where a Service's selector points.
///
/// An internal route is the Service under its service's plain name. The runtime made it, with its ports; where it
/// leads is managed here, by a field manager of its own. A public route, where the cluster has an ingress of its own,
/// is a Service with an Ingress or HTTPRoute before it.
///
/// Services count nothing: drains have no numbers. Pods go on answering for a while after they were asked to end, and
/// kept connections end with them.
#[derive(Debug, Clone)]
pub struct K8sRoutes {
    config: Arc<K8sConfig>,
    cluster: Cluster,
    backs: Backs,
}

/// A route's note, and its Service with it.
struct Changed {
    note: Note,
    found: DynamicObject,
    /// False if it was like that already.
    is_written: bool,
}

impl K8sRoutes {
    pub(crate) fn new(config: Arc<K8sConfig>, cluster: Cluster) -> Self {
        Self { config, cluster, backs: Backs::default() }
    }

    /// The name of the Service that a route is.
    fn service_name(&self, id: &RouteId) -> Result<String> {
        match id {
            RouteId::Internal { service } => Ok(name::of_service(service)),
            RouteId::Public { .. } if self.config.ingress != Ingress::Outside => Ok(public::name(id)),
            _ => Err(Error::unsupported(codes::CAPABILITY_UNSUPPORTED, format!("{id} is for somebody outside"))
                .with_hint("name an ingress of the cluster, or put another `Routes` beside this one")),
        }
    }

    async fn service(&self, namespace: &str, id: &RouteId) -> Result<Option<DynamicObject>> {
        self.cluster.read(Kind::Service, namespace, &self.service_name(id)?).await
    }

    /// Applies what is managed here of a route's Service.
    async fn write(
        &self,
        namespace: &str,
        found: Option<&DynamicObject>,
        note: &Note,
        cx: &OpCx,
    ) -> Result<DynamicObject> {
        let route = &note.route;
        let service = self.service_name(&route.id)?;
        let mut object = if route.id.is_public() {
            let mut object = public::service(&self.config, &cx.environment, route);
            object["metadata"]["annotations"][SPEC] = json!(noted(route)?);
            object
        } else {
            public::object(Kind::Service, (namespace, &service), &json!({}), &json!({}), &json!({}))
        };
        if let Some(leads) = &note.leads {
            object["metadata"]["annotations"][LEADS] = json!(noted_leads(leads)?);
        }
        object["spec"]["selector"] = self.selector(note);
        if let Some(found) = found {
            object["metadata"]["resourceVersion"] = json!(found.metadata.resource_version);
            // With a version alone, a server makes an object that is gone by now.
            if let Some(uid) = &found.metadata.uid {
                object["metadata"]["uid"] = json!(uid);
            }
        }
        self.apply(Kind::Service, namespace, &service, &object).await
    }

    /// What finds the pods that a route leads to: of one object at a time, a selector cannot say "either".
    fn selector(&self, note: &Note) -> Value {
        match note.targets().first() {
            Some(target) => labels::pods_of(&self.config.owner, &target.instance.object.name),
            None => labels::nobody(&self.config.owner),
        }
    }

    /// True if somebody leads the Service elsewhere than its note says.
    fn is_astray(&self, service: &DynamicObject, note: &Note) -> bool {
        !note.targets().is_empty() && service.data["spec"]["selector"] != self.selector(note)
    }

    async fn apply(&self, kind: Kind, namespace: &str, name: &str, object: &Value) -> Result<DynamicObject> {
        let manager = self.config.routes_manager();
        let applied =
            self.cluster.apply(kind, namespace, name, object, Apply { manager: &manager, dry_run: false }).await;
        applied.map_err(|error| {
            if is_conflict(&error) && error.to_string().contains("object has been modified") {
                return Error::conflict(codes::OBJECT_CHANGED, format!("{} {name} changed meanwhile", kind.word()));
            }
            unavailable(&format!("applying {} {name}", kind.word()), error)
        })
    }

    /// Changes a route's note, again if somebody else was faster: from the note, and whether the Service leads elsewhere than
    /// it says. What has to be taken back is, whether or not there is time.
    async fn change(
        &self,
        id: &RouteId,
        (cx, admits): (&OpCx, bool),
        with: impl Fn(&Note, bool) -> Option<Note> + Send + Sync,
    ) -> Result<Changed> {
        let namespace = naming::namespace(&cx.environment);
        let unknown =
            || Error::not_found(codes::ROUTE_UNKNOWN, format!("{id} of {} was never prepared", cx.environment));
        let mut guess = self.cluster.known().service(&namespace, &self.service_name(id)?);
        for _ in 0..TRIES {
            if admits {
                cx.admit()?;
            }
            let is_guess = guess.is_some();
            let found = match guess.take() {
                Some(guess) => guess,
                None => self.service(&namespace, id).await?.ok_or_else(unknown)?,
            };
            let change = Note::of(&found).map(|before| (with(&before, self.is_astray(&found, &before)), before));
            match change {
                // That nothing is to be done is not for a guess to say.
                None | Some((None, _)) if is_guess => {}
                None => return Err(unknown()),
                Some((None, note)) => return Ok(Changed { note, found, is_written: false }),
                Some((Some(note), _)) => match self.write(&namespace, Some(&found), &note, cx).await {
                    Err(error) if *error.code() == codes::OBJECT_CHANGED => {}
                    written => return written.map(|found| Changed { note, found, is_written: true }),
                },
            }
        }
        Err(Error::conflict(codes::OBJECT_CHANGED, format!("the Service of {id} changes all the time")))
    }

    /// A route between services stands on the Service that the runtime made.
    async fn prepared_by_the_runtime(&self, namespace: &str, route: &RouteSpec) -> Result<Change> {
        let name = self.service_name(&route.id)?;
        let is_it = |found: &DynamicObject| Note::of(found).is_some_and(|note| note.route == *route);
        let guess = self.cluster.known().service(namespace, &name).filter(is_it);
        let found = match guess {
            Some(guess) => Some(guess),
            None => self.service(namespace, &route.id).await?.filter(is_it),
        };
        found.map(|found| Change::new(ChangeOutcome::Unchanged, version(&found))).ok_or_else(|| {
            let text = format!("the Service of {} is not there, or is another one", route.id);
            Error::not_found(codes::OBJECT_MISSING, text).with_hint("plan again")
        })
    }

    /// What stands before a public route's Service.
    async fn prepare_ingress(&self, route: &RouteSpec, cx: &OpCx) -> Result<()> {
        let Some((kind, object)) = public::before(&self.config, &cx.environment, route) else { return Ok(()) };
        let name = self.service_name(&route.id)?;
        self.apply(kind, &naming::namespace(&cx.environment), &name, &object).await.map(drop)
    }
}

#[async_trait]
impl Routes for K8sRoutes {
    async fn address(&self, _: &EnvironmentId, route: &RouteSpec) -> Result<String> {
        match &route.id {
            RouteId::Public { host, path } => {
                self.service_name(&route.id)?;
                let secure = matches!(&self.config.ingress, Ingress::Class(class) if class.tls.is_some());
                let scheme = if secure { "https" } else { "http" };
                Ok(format!("{scheme}://{host}{}", path.trim_end_matches('/')))
            }
            id => Ok(format!("http://{}:{}", self.service_name(id)?, route.port)),
        }
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Vec<ObservedRoute>> {
        let namespace = naming::namespace(env);
        // The runtime of this cluster is asked right before, under the same lease.
        let services = self.cluster.list_shared(Kind::Service, &namespace).await?;
        let observed = |service: &DynamicObject| {
            let note = Note::of(service)?;
            let is_astray = self.is_astray(service, &note);
            let observed = note.observed()?;
            Some(if is_astray { observed.unconfirmed() } else { observed })
        };
        Ok(services.iter().filter_map(observed).collect())
    }

    async fn prepare(&self, route: &RouteSpec, cx: &OpCx) -> Result<Change> {
        cx.admit()?;
        let namespace = naming::namespace(&cx.environment);
        if !route.id.is_public() {
            return self.prepared_by_the_runtime(&namespace, route).await;
        }
        let found = self.service(&namespace, &route.id).await?;
        let before = found.as_ref().and_then(Note::of);
        self.prepare_ingress(route, cx).await?;
        let outcome = match &before {
            Some(before) if before.route == *route => {
                return Ok(Change::new(ChangeOutcome::Unchanged, found.as_ref().map_or(0, version)));
            }
            Some(_) => ChangeOutcome::Updated,
            None => ChangeOutcome::Created,
        };
        let note = Note { route: route.clone(), leads: before.and_then(|before| before.leads) };
        let written = self.write(&namespace, found.as_ref(), &note, cx).await?;
        Ok(Change::new(outcome, version(&written)))
    }

    async fn switch(&self, route: &RouteId, to: &[RouteTarget], cx: &OpCx) -> Result<Change> {
        let mut to = to.to_vec();
        to.sort();
        to.dedup();
        if to.is_empty() {
            return Err(Error::conflict(codes::ROUTE_NO_TARGET, format!("{route} was given no instance")));
        }
        let namespace = naming::namespace(&cx.environment);
        // Seen from before the change on, so that nothing of it is missed, and together with what else is switched.
        let backs = self.backs.watch(&self.cluster, &self.config, &cx.environment);
        // Whoever finds it written and goes on after somebody who died here confirms it.
        let led = self.change(route, (cx, true), |note, is_astray| note.led(&to, is_astray)).await?;
        if !led.is_written {
            return Ok(Change::new(ChangeOutcome::Unchanged, version(&led.found)));
        }
        let address = led.found.data.pointer("/spec/clusterIP").and_then(Value::as_str);
        let switched = Switched {
            cluster: &self.cluster,
            backs,
            namespace: &namespace,
            service: &self.service_name(route)?,
            address: address.filter(|ip| *ip != "None"),
            objects: to.iter().map(|target| target.instance.object.name.to_string()).collect(),
            note: &led.note,
        };
        if let Err(error) = Box::pin(switched.confirm(cx)).await {
            return Err(match self.change(route, (cx, false), |note, _| note.taken_back(&to)).await {
                Ok(_) => error,
                Err(back) => error.with_hint(format!("it could not be taken back either: {}: {back}", back.code())),
            });
        }
        if !led.note.is_open() {
            return Ok(Change::new(ChangeOutcome::Updated, version(&led.found)));
        }
        let sealed = self.change(route, (cx, true), |note, _| note.confirmed(&to)).await?;
        if !sealed.is_written {
            let text = format!("{route} was led elsewhere meanwhile");
            return Err(Error::conflict(codes::OBJECT_CHANGED, text).with_hint("plan again"));
        }
        Ok(Change::new(ChangeOutcome::Updated, version(&sealed.found)))
    }

    async fn drain(&self, instance: &InstanceRef, cx: &OpCx) -> Result<Drained> {
        cx.admit()?;
        // What still leads there is withdrawn; its pods answer on until they end.
        for route in self.observe(&cx.environment).await? {
            if route.targets.iter().any(|target| target.instance == *instance) {
                let without = |note: &Note, _| Some(note.without(instance));
                self.change(&route.id, (cx, true), without).await?;
            }
        }
        Ok(Drained::default())
    }

    async fn forget(&self, _: &OpId, _: &OpCx) -> Result<()> {
        Ok(())
    }

    async fn close(&self, route: &RouteId, cx: &OpCx) -> Result<Change> {
        cx.admit()?;
        let namespace = naming::namespace(&cx.environment);
        let skipped = Change::new(ChangeOutcome::Skipped, 0);
        let Some(found) = self.service(&namespace, route).await? else { return Ok(skipped) };
        if Note::of(&found).is_none() {
            return Ok(skipped);
        }
        let name = self.service_name(route)?;
        if !route.is_public() {
            // What is not in it is given up: the note is.
            let nobody = json!({ "selector": labels::nobody(&self.config.owner) });
            let object = public::object(Kind::Service, (&namespace, &name), &json!({}), &json!({}), &nobody);
            let after = self.apply(Kind::Service, &namespace, &name, &object).await?;
            return Ok(Change::new(ChangeOutcome::Deleted, version(&after)));
        }
        let before = match &self.config.ingress {
            Ingress::Class(_) => Some(Kind::Ingress),
            Ingress::Gateway(_) => Some(Kind::HttpRoute),
            Ingress::Outside => None,
        };
        for kind in before.into_iter().chain([Kind::Service]) {
            let Some(found) = self.cluster.find(kind, &namespace, &name).await? else { continue };
            let uid = found.metadata.uid.as_deref().unwrap_or_default();
            match self.cluster.delete(kind, &namespace, &name, uid).await {
                Err(error) if !is_gone(&error) => {
                    return Err(unavailable(&format!("removing {} {name}", kind.word()), error));
                }
                _ => {}
            }
        }
        Ok(Change::new(ChangeOutcome::Deleted, version(&found)))
    }
}

impl fmt::Display for K8sRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Services of {}", self.cluster)
    }
}
