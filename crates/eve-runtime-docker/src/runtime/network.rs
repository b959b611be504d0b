//! The network of an environment.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::{Ipam, IpamConfig, Network, NetworkCreateRequest};
use eve_core::{
    Change, ChangeOutcome, EnvironmentId, Error, Incarnation, Object, ObjectId, ObjectName, ObjectState, Op, OpCx,
    Owner, Result, codes,
};
use serde::{Deserialize, Serialize};

use super::docker_runtime::DockerRuntime;
use super::perform::{changed, foreign, unknown};
use crate::api::{Gone, Made};
use crate::labels::{self, Labels};
use crate::subnet::Subnet;

/// The kind of an environment's network.
pub(super) const KIND: &str = "network";

/// How often, and with which pause, it is looked for a network that is being made.
const LOOKS: u32 = 20;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// The one network of an environment.
pub(super) fn id() -> ObjectId {
    ObjectId::new(KIND, ObjectName::new("default").expect("a plain word is an object's name"))
}

/// What a network is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NetworkSpec {
    subnet: Subnet,
}

impl NetworkSpec {
    pub(super) fn new(subnet: Subnet) -> Self {
        Self { subnet }
    }

    fn request(&self, name: &str, labels: HashMap<String, String>) -> NetworkCreateRequest {
        let range = IpamConfig {
            subnet: Some(self.subnet.to_string()),
            gateway: Some(self.subnet.gateway().to_string()),
            // Whoever joins without an address of his own gets none that a plan may have chosen.
            ip_range: Some(self.subnet.guests().to_string()),
            auxiliary_addresses: None,
        };
        NetworkCreateRequest {
            name: name.to_owned(),
            driver: Some("bridge".to_owned()),
            ipam: Some(Ipam { config: Some(vec![range]), ..Ipam::default() }),
            labels: Some(labels),
            ..NetworkCreateRequest::default()
        }
    }
}

/// The subnets of a network, as far as they are of IPv4.
pub(super) fn subnets(network: &Network) -> impl Iterator<Item = Subnet> {
    let ranges = network.ipam.iter().flat_map(|ipam| ipam.config.iter().flatten());
    ranges.filter_map(|range| range.subnet.as_deref()?.parse().ok())
}

/// A network as an object of Eve's, or of a stranger's if it is not labelled.
pub(super) fn as_object(network: &Network, name: ObjectName, labels: Option<&Labels>) -> Object {
    let incarnation = Incarnation::new(network.id.clone().unwrap_or_default());
    let hash = labels.map(|labels| labels.hash.clone());
    let mut object = Object::new(
        ObjectId::new(KIND, name),
        incarnation,
        hash.clone().unwrap_or_else(|| eve_core::Digest::of("")),
        ObjectState::Present,
    );
    object.hash = hash;
    object.version = labels.map_or(0, |labels| labels.version);
    object.owner = if labels.is_some() { Owner::Eve } else { Owner::Stranger };
    object
}

impl DockerRuntime {
    pub(super) async fn create_network(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let body = op.body.as_ref().ok_or_else(|| unknown(op))?;
        let spec: NetworkSpec = body.decode().map_err(|e| unknown(op).with_source(e))?;
        if let Some(change) = self.network_there(op, cx).await? {
            return Ok(change);
        }
        let name = labels::engine_name(&cx.environment, &op.object.name);
        let labels = Labels::new(op.object.clone(), body.digest(), cx);
        let version = labels.version;
        let request = spec.request(&name, labels.write(&self.config.owner, cx));
        let made = match self.daemon.create_network(request).await {
            Ok(Made::New(id)) => id,
            Ok(_) => return self.network_there(op, cx).await?.ok_or_else(|| foreign(op)),
            // Perhaps it is this very network, which somebody else is about to make.
            Err(error) if *error.code() == codes::NETWORK_ADDRESS_TAKEN => {
                return self.network_soon_there(op, cx).await?.ok_or(error);
            }
            Err(error) => return Err(error),
        };
        // Older engines let two networks have one name.
        if self.networks_named(&name).await?.len() > 1 {
            self.daemon.remove_network(&made).await?;
            return Err(foreign(op));
        }
        Ok(Change::new(ChangeOutcome::Created, version).with_incarnation(Incarnation::new(made)))
    }

    /// What a network that has the name means for one that is to be made.
    async fn network_there(&self, op: &Op, cx: &OpCx) -> Result<Option<Change>> {
        let name = labels::engine_name(&cx.environment, &op.object.name);
        let Some(found) = self.networks_named(&name).await?.into_iter().next() else { return Ok(None) };
        let labels = Labels::read(&self.config.owner, &cx.environment, KIND, found.labels.as_ref());
        let labels = labels.ok_or_else(|| foreign(op))?;
        if Some(&labels.hash) != op.after.as_ref() {
            return Err(changed(op, "is there and was made from something else"));
        }
        let id = Incarnation::new(found.id.unwrap_or_default());
        Ok(Some(Change::new(ChangeOutcome::Unchanged, labels.version).with_incarnation(id)))
    }

    /// As [`network_there`](Self::network_there), for one that the engine keeps a subnet for and does not
    /// show yet.
    async fn network_soon_there(&self, op: &Op, cx: &OpCx) -> Result<Option<Change>> {
        for _ in 0..LOOKS {
            if let Some(change) = self.network_there(op, cx).await? {
                return Ok(Some(change));
            }
            cx.admit()?;
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        Ok(None)
    }

    /// The id of an environment's network: a stranger's may have its name.
    ///
    /// # Errors
    /// `network.missing`.
    pub(crate) async fn own_network(&self, env: &EnvironmentId) -> Result<String> {
        let found = self.daemon.networks(&labels::of_environment(&self.config.owner, env)).await?;
        let id = found.into_iter().find_map(|network| network.id);
        id.ok_or_else(|| missing(env))
    }

    async fn networks_named(&self, name: &str) -> Result<Vec<Network>> {
        // The engine's filter takes every name that the text is a part of.
        let mut found = self.daemon.networks(&[("name", name.to_owned())]).await?;
        found.retain(|network| network.name.as_deref() == Some(name));
        Ok(found)
    }

    pub(super) async fn delete_network(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let incarnation = op.incarnation.as_ref().ok_or_else(|| unknown(op))?;
        let found = self.daemon.networks(&[("id", incarnation.to_string())]).await?;
        let ours = |network: &Network| {
            network.id.as_deref() == Some(incarnation.as_str())
                && Labels::read(&self.config.owner, &cx.environment, KIND, network.labels.as_ref()).is_some()
        };
        let Some(network) = found.iter().find(|network| ours(network)) else {
            return Ok(Change::new(ChangeOutcome::Skipped, 0));
        };
        let labels = Labels::read(&self.config.owner, &cx.environment, KIND, network.labels.as_ref());
        let version = labels.map_or(0, |labels| labels.version);
        // The network goes last: no container is left that has secrets.
        self.secret_files.forget_all(&labels::name_prefix(&cx.environment));
        let outcome = match self.daemon.remove_network(incarnation.as_str()).await? {
            Gone::Removed => ChangeOutcome::Deleted,
            Gone::Before => ChangeOutcome::Skipped,
        };
        Ok(Change::new(outcome, version).with_incarnation(incarnation.clone()))
    }
}

/// The error of a network that a container needs and that is not there.
fn missing(env: &EnvironmentId) -> Error {
    Error::not_found(codes::NETWORK_MISSING, format!("the network of {env} is not there"))
        .with_hint("somebody removed it: deploy again")
}
