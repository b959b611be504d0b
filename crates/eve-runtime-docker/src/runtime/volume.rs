//! The volumes of an environment.

use bollard::models::{Volume, VolumeCreateRequest};
use eve_core::{
    Change, ChangeOutcome, Incarnation, Object, ObjectId, ObjectName, ObjectState, Op, OpCx, Owner, Result, VolumeName,
};
use serde::{Deserialize, Serialize};

use super::docker_runtime::DockerRuntime;
use super::perform::{changed, foreign, unknown};
use crate::api::Gone;
use crate::labels::{self, Labels};

/// The kind of an environment's volumes.
pub(super) const KIND: &str = "volume";

/// A volume's object.
///
/// # Errors
/// `name.invalid` never happens for a volume's name; the signature keeps the check.
pub(super) fn id(name: &VolumeName) -> Result<ObjectId> {
    Ok(ObjectId::new(KIND, ObjectName::new(name.as_str())?))
}

/// What a volume is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct VolumeSpec {
    volume: VolumeName,
}

impl VolumeSpec {
    pub(super) fn new(volume: &VolumeName) -> Self {
        Self { volume: volume.clone() }
    }
}

/// A volume as an object of Eve's, or of a stranger's if it is not labelled.
pub(super) fn as_object(name: ObjectName, labels: Option<&Labels>) -> Object {
    let incarnation = labels.and_then(|labels| labels.incarnation.clone()).unwrap_or_else(|| Incarnation::new(""));
    let hash = labels.map(|labels| labels.hash.clone());
    let placeholder = hash.clone().unwrap_or_else(|| eve_core::Digest::of(""));
    let mut object = Object::new(ObjectId::new(KIND, name), incarnation, placeholder, ObjectState::Present);
    object.hash = hash;
    object.version = labels.map_or(0, |labels| labels.version);
    object.owner = if labels.is_some() { Owner::Eve } else { Owner::Stranger };
    object
}

impl DockerRuntime {
    pub(super) async fn create_volume(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let body = op.body.as_ref().ok_or_else(|| unknown(op))?;
        let _: VolumeSpec = body.decode().map_err(|e| unknown(op).with_source(e))?;
        let name = labels::engine_name(&cx.environment, &op.object.name);
        if let Some(found) = self.daemon.volume(&name).await? {
            return self.settled_volume(&found, op, cx, ChangeOutcome::Unchanged);
        }
        let mut labels = Labels::new(op.object.clone(), body.digest(), cx).write(&self.config.owner, cx);
        labels.insert("com.docker.compose.volume".to_owned(), op.object.name.to_string());
        let request = VolumeCreateRequest { name: Some(name), labels: Some(labels), ..VolumeCreateRequest::default() };
        // One that somebody made meanwhile is answered as it is.
        let made = self.daemon.create_volume(request).await?;
        self.settled_volume(&made, op, cx, ChangeOutcome::Created)
    }

    fn settled_volume(&self, found: &Volume, op: &Op, cx: &OpCx, outcome: ChangeOutcome) -> Result<Change> {
        let labels = Labels::read(&self.config.owner, &cx.environment, KIND, Some(&found.labels));
        let labels = labels.ok_or_else(|| foreign(op))?;
        if Some(&labels.hash) != op.after.as_ref() {
            return Err(changed(op, "is there and was made from something else"));
        }
        let object = as_object(op.object.name.clone(), Some(&labels));
        Ok(Change::new(outcome, labels.version).with_incarnation(object.incarnation))
    }

    pub(super) async fn delete_volume(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let incarnation = op.incarnation.as_ref().ok_or_else(|| unknown(op))?;
        let name = labels::engine_name(&cx.environment, &op.object.name);
        let skipped = Change::new(ChangeOutcome::Skipped, 0);
        let Some(found) = self.daemon.volume(&name).await? else { return Ok(skipped) };
        let labels = Labels::read(&self.config.owner, &cx.environment, KIND, Some(&found.labels));
        let Some(labels) = labels.filter(|labels| labels.incarnation.as_ref() == Some(incarnation)) else {
            return Ok(skipped);
        };
        let outcome = match self.daemon.remove_volume(&name).await? {
            Gone::Removed => ChangeOutcome::Deleted,
            Gone::Before => ChangeOutcome::Skipped,
        };
        Ok(Change::new(outcome, labels.version).with_incarnation(incarnation.clone()))
    }
}
