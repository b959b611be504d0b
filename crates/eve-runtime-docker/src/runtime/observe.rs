//! Looking at an environment.

use bollard::models::{Network, Volume};
use eve_core::{EnvironmentId, Exit, Incarnation, Object, ObjectId, ObjectName, ObjectState, Observed, Result};
use futures_util::future;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::docker_runtime::DockerRuntime;
use super::facts::Facts;
use super::finding::findings;
use super::host_routes::host_routes;
use super::plan::CONTAINER;
use super::sight::{Phase, Sight};
use super::{network, volume};
use crate::labels::{self, Labels};
use crate::probing::Standing;
use crate::secret_volume;
use crate::watching::Touch;

/// How many of a container's last lines are shown with what is wrong with it.
pub(super) const LINES: usize = 20;

/// How many containers are looked at closely at once.
const AT_ONCE: usize = 16;

/// What there is of an environment, as the engine tells it.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) sights: Vec<Sight>,
    networks: Vec<Network>,
    volumes: Vec<Volume>,
    /// All networks of the engine, while the environment has none.
    around: Vec<Network>,
}

impl DockerRuntime {
    /// Everything of an environment: one list of each kind, and a closer look at what does not run.
    pub(super) async fn observed(&self, env: &EnvironmentId) -> Result<Observed> {
        let look = self.look(env).await?;
        self.told(env, &look).await
    }

    /// What there is of an environment.
    pub(super) async fn look(&self, env: &EnvironmentId) -> Result<Look> {
        let ours = labels::of_environment(&self.config.owner, env);
        let (sights, networks, volumes) =
            tokio::try_join!(self.sights(env), self.daemon.networks(&ours), self.daemon.volumes(&ours))?;
        let around = if networks.is_empty() { self.daemon.networks(&[]).await? } else { Vec::new() };
        Ok(Look { sights, networks, volumes, around })
    }

    /// What there is of an environment, where only some of it was touched since a look.
    ///
    /// Containers that were touched are looked at closely: the engine tells of some happenings before its lists know
    /// of them, and nothing else would lead to another look. A closer look waits until the happening is over.
    pub(super) async fn look_again(&self, env: &EnvironmentId, seen: Look, touch: &Touch) -> Result<Look> {
        if touch.everything {
            return self.look(env).await;
        }
        let Look { mut sights, networks, volumes, around } = seen;
        let ours = labels::of_environment(&self.config.owner, env);
        let networks = async {
            if !touch.networks {
                return Ok((networks, around));
            }
            let networks = self.daemon.networks(&ours).await?;
            let around = if networks.is_empty() { self.daemon.networks(&[]).await? } else { Vec::new() };
            Ok((networks, around))
        };
        let volumes = async { if touch.volumes { self.daemon.volumes(&ours).await } else { Ok(volumes) } };
        let looks: Vec<_> = touch.containers.iter().map(|id| self.closer_look(env, id)).collect();
        let touched = stream::iter(looks).buffered(AT_ONCE).try_collect::<Vec<_>>();
        let (touched, (networks, around), volumes) = tokio::try_join!(touched, networks, volumes)?;
        sights.retain(|sight| !touch.containers.contains(&sight.id));
        sights.extend(touched.into_iter().flatten());
        sights.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Look { sights, networks, volumes, around })
    }

    /// What was found, told as the engine of every backend understands it.
    pub(super) async fn told(&self, env: &EnvironmentId, look: &Look) -> Result<Observed> {
        let mut seen = Observed::empty(env.clone());
        let mut facts = Facts::default();
        for network in &look.networks {
            let labels = Labels::read(&self.config.owner, env, network::KIND, network.labels.as_ref());
            let Some(labels) = labels else { continue };
            facts.subnet = network::subnets(network).next();
            seen.objects.push(network::as_object(network, labels.object.name.clone(), Some(&labels)));
        }
        look_around(env, &look.around, &mut seen, &mut facts);
        if facts.subnet.is_none() && self.config.is_here() {
            let pool = &self.config.pool;
            facts.taken.extend(host_routes().into_iter().filter(|route| pool.loses_to(*route)));
            facts.taken.sort();
            facts.taken.dedup();
        }
        for volume in &look.volumes {
            if let Some(container) = secret_volume::container(volume) {
                let is_left = look.sights.iter().all(|sight| sight.name != container);
                let left = is_left.then(|| secret_volume::as_object(&self.config.owner, env, volume));
                seen.objects.extend(left.flatten());
                continue;
            }
            let labels = Labels::read(&self.config.owner, env, volume::KIND, Some(&volume.labels));
            seen.objects.extend(labels.map(|labels| volume::as_object(labels.object.name.clone(), Some(&labels))));
        }
        let standings = future::join_all(look.sights.iter().map(|sight| self.probes.standing(sight))).await;
        for (sight, standing) in look.sights.iter().zip(&standings) {
            facts.addresses.insert(sight.labels.object.name.clone(), sight.care.address);
            let object = as_object(sight, standing);
            seen.findings.extend(findings(&object, sight, standing));
            seen.objects.push(object);
        }
        seen.objects.sort_by(|a, b| a.id.cmp(&b.id));
        facts.put(&mut seen)?;
        Ok(seen)
    }

    /// The containers of an environment, by their ids: one list, and a closer look at what a list does not tell of.
    pub(crate) async fn sights(&self, env: &EnvironmentId) -> Result<Vec<Sight>> {
        let listed = self.daemon.containers(&labels::of_environment(&self.config.owner, env)).await?;
        let sights = listed.iter().filter_map(|one| Sight::of_summary(&self.config.owner, env, one));
        let looked = future::try_join_all(sights.map(|sight| self.looked_at(env, sight))).await?;
        let mut looked: Vec<_> = looked.into_iter().flatten().collect();
        looked.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(looked)
    }

    /// The same container, looked at more closely if that is needed; none if it went away meanwhile.
    async fn looked_at(&self, env: &EnvironmentId, sight: Sight) -> Result<Option<Sight>> {
        if sight.wants_a_closer_look() || self.feed.has_died(&sight.id) {
            return self.closer_look(env, &sight.id).await;
        }
        Ok(Some(sight))
    }

    /// A container with how it ended the last time, and what it said then; none if it is not there or is not ours.
    async fn closer_look(&self, env: &EnvironmentId, id: &str) -> Result<Option<Sight>> {
        let Some(mut sight) = self.sight_of(env, &Incarnation::new(id)).await? else { return Ok(None) };
        if let Some(detail) = &mut sight.detail {
            if detail.exit.is_none() && sight.phase == Phase::Running {
                detail.exit = self.feed.last_exit(id);
            }
            if detail.exit.is_some_and(|exit| !exit.is_success() || detail.restarts > 0) {
                detail.lines = self.last_lines(id, LINES).await;
            }
        }
        Ok(Some(sight))
    }

    /// One container by its id; none if it is not there or is not ours.
    pub(super) async fn sight_of(&self, env: &EnvironmentId, incarnation: &Incarnation) -> Result<Option<Sight>> {
        let found = self.daemon.container(incarnation.as_str()).await?;
        let sight = found.and_then(|found| Sight::of_inspect(&self.config.owner, env, &found));
        // The engine also takes names and beginnings of ids.
        Ok(sight.filter(|sight| sight.id == incarnation.as_str()))
    }

    /// The container that has a name on the engine: none if there is none, an inner none if it is a
    /// stranger's.
    pub(super) async fn sight_named(&self, env: &EnvironmentId, name: &str) -> Result<Option<Option<Sight>>> {
        let found = self.daemon.container(name).await?;
        // The engine also takes beginnings of ids.
        let found = found.filter(|found| found.name.as_deref().map(|name| name.trim_start_matches('/')) == Some(name));
        Ok(found.map(|found| Sight::of_inspect(&self.config.owner, env, &found)))
    }

    /// What a container wrote last, as far as that can be read.
    pub(super) async fn last_lines(&self, id: &str, count: usize) -> Vec<String> {
        let Ok(lines) = self.daemon.lines(id, 0, Some(count), false) else { return Vec::new() };
        let text = |line: crate::api::RawLine| String::from_utf8_lossy(&line.bytes).into_owned();
        lines.filter_map(|line| async move { line.ok().map(text) }).collect().await
    }
}

/// What is taken around an environment that has no network yet: subnets, and names that it would use.
fn look_around(env: &EnvironmentId, all: &[Network], seen: &mut Observed, facts: &mut Facts) {
    let prefix = labels::name_prefix(env);
    facts.taken = all.iter().flat_map(network::subnets).collect();
    for network in all {
        let name = network.name.as_deref().and_then(|name| name.strip_prefix(&prefix));
        if let Some(name) = name.and_then(|name| ObjectName::new(name).ok()) {
            seen.objects.push(network::as_object(network, name, None));
        }
    }
}

/// A container as an object.
fn as_object(sight: &Sight, standing: &Standing) -> Object {
    let exit = sight.detail.as_ref().and_then(|detail| detail.exit).unwrap_or(Exit::Lost);
    let state = match sight.phase {
        Phase::Unstarted => ObjectState::Unstarted,
        // Whatever it does, it does nothing for anybody.
        Phase::Running if !sight.attached => ObjectState::Ended { exit: Exit::Lost },
        Phase::Running if standing.ready => ObjectState::Ready,
        Phase::Running | Phase::Restarting | Phase::Paused if !standing.was_ready => ObjectState::Starting,
        Phase::Running | Phase::Restarting | Phase::Paused => ObjectState::NotReady,
        Phase::Ended => ObjectState::Ended { exit },
        Phase::Removing => ObjectState::Stopping,
    };
    let id = ObjectId::new(CONTAINER, sight.labels.object.name.clone());
    let mut object = Object::new(id, Incarnation::new(sight.id.clone()), sight.labels.hash.clone(), state);
    object.version = sight.labels.version;
    object.service = Some(sight.care.service.clone());
    object.addresses = sight.care.addresses();
    object
}
