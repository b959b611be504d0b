//! Secrets of a container on an engine that is not on this machine: in a volume that is its own.
//!
//! The volume has no name: the engine makes it with the container and removes it with it, so nothing is
//! left of the one without the other. It is on the engine's disk. A volume in memory forgets what was put
//! into it before the container starts, and again whenever the engine starts the container anew: the engine
//! has it mounted only while somebody uses it.

use std::collections::HashMap;

use bollard::models::{Mount, MountType, MountVolumeOptions, Volume};
use eve_core::desired::SecretFile;
use eve_core::{
    AbsolutePath, Change, ChangeOutcome, Digest, EnvironmentId, Incarnation, Object, ObjectId, ObjectName, ObjectState,
    Op, OpCx, Result, Secret,
};

use crate::api::{Daemon, Gone};
use crate::archive::Archive;
use crate::config::Owner;
use crate::labels::{self, Labels};

/// The kind of volumes whose containers are gone.
pub(crate) const KIND: &str = "secrets";
/// Where a container has its volume.
pub(crate) const FOLDER: &str = "/run/secrets";
/// Where in it those are that are wanted elsewhere.
const ELSEWHERE: &str = ".elsewhere";
/// Says of which container a volume holds the secrets.
const CONTAINER: &str = "eve.secrets-of";

/// Where in a container those are that are wanted elsewhere.
pub(crate) fn elsewhere() -> String {
    format!("{FOLDER}/{ELSEWHERE}")
}

/// The volume of a container that is to be made; `written` is what is written on it.
pub(crate) fn mount(container: &str, mut written: HashMap<String, String>) -> Mount {
    written.insert(CONTAINER.to_owned(), container.to_owned());
    Mount {
        typ: Some(MountType::VOLUME),
        target: Some(FOLDER.to_owned()),
        volume_options: Some(MountVolumeOptions {
            // What the image has there is nobody's secret.
            no_copy: Some(true),
            labels: Some(written),
            ..MountVolumeOptions::default()
        }),
        ..Mount::default()
    }
}

/// What is put into the volume, and what leads to it from elsewhere in the container, if anything.
pub(crate) fn archives(files: &[(SecretFile, Secret)], user: u32) -> Result<(Vec<u8>, Option<Vec<u8>>)> {
    let (mut inside, mut links, mut linked) = (Archive::new(), Archive::new(), false);
    for (i, (file, text)) in files.iter().enumerate() {
        let bytes = text.expose().as_bytes();
        let target = AbsolutePath::new(file.target.as_str())?;
        if let Some(path) = target.as_str().strip_prefix(FOLDER).and_then(|path| path.strip_prefix('/')) {
            inside.file(path, bytes, 0o400, user)?;
            continue;
        }
        let path = format!("{ELSEWHERE}/{i}");
        inside.file(&path, bytes, 0o400, user)?;
        links.link(target.as_str(), &format!("{FOLDER}/{path}"))?;
        linked = true;
    }
    let links = linked.then(|| links.finish()).transpose()?;
    Ok((inside.finish()?, links))
}

/// The container whose secrets a volume holds; none for any other volume.
pub(crate) fn container(volume: &Volume) -> Option<&str> {
    volume.labels.get(CONTAINER).map(String::as_str)
}

/// A volume that a container left: somebody removed it otherwise than Eve does.
pub(crate) fn as_object(owner: &Owner, env: &EnvironmentId, volume: &Volume) -> Option<Object> {
    let labels = Labels::read(owner, env, KIND, Some(&volume.labels))?;
    let incarnation = labels.incarnation?;
    // Containers of one name may have left several.
    let name = ObjectName::new(incarnation.as_str()).ok()?;
    let id = ObjectId::new(KIND, name);
    let mut object = Object::new(id, incarnation, Digest::of(&volume.name), ObjectState::Present);
    object.version = labels.version;
    Some(object)
}

/// Removes what a container left.
///
/// # Errors
/// `object.in_use` if a stranger's container uses it; `backend.unavailable`.
pub(crate) async fn delete(
    daemon: &Daemon,
    owner: &Owner,
    op: &Op,
    incarnation: &Incarnation,
    cx: &OpCx,
) -> Result<Change> {
    let listed = daemon.volumes(&labels::of_environment(owner, &cx.environment)).await?;
    let ours = |volume: &&Volume| {
        container(volume).is_some()
            && as_object(owner, &cx.environment, volume)
                .is_some_and(|object| object.id == op.object && object.incarnation == *incarnation)
    };
    let Some(volume) = listed.iter().find(ours) else { return Ok(Change::new(ChangeOutcome::Skipped, 0)) };
    let outcome = match daemon.remove_volume(&volume.name).await? {
        Gone::Removed => ChangeOutcome::Deleted,
        Gone::Before => ChangeOutcome::Skipped,
    };
    Ok(Change::new(outcome, 0).with_incarnation(incarnation.clone()))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use eve_core::SecretName;

    use super::*;

    #[test]
    fn secrets_are_in_the_volume_and_links_lead_to_those_that_are_wanted_elsewhere() {
        let file = |name: &str| SecretFile::new(SecretName::new(name).unwrap());
        let files = [
            (file("A"), Secret::new("1")),
            (file("B").with_target("/etc/b.pem"), Secret::new("2")),
            (file("A").with_target("/run//secrets/./sub/a"), Secret::new("1")),
        ];
        let (inside, links) = archives(&files, 1000).unwrap();
        let mut archive = tar::Archive::new(inside.as_slice());
        let mut found = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let (mode, user) = (entry.header().mode().unwrap(), entry.header().uid().unwrap());
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            assert_eq!((mode, user), (0o400, 1000));
            found.push(format!("{path}={text}"));
        }
        assert_eq!(found, ["A=1", ".elsewhere/1=2", "sub/a=1"]);
        let links = links.unwrap();
        let mut archive = tar::Archive::new(links.as_slice());
        let link = archive.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(link.path().unwrap().to_str(), Some("etc/b.pem"));
        assert_eq!(link.link_name().unwrap().unwrap().to_str(), Some("/run/secrets/.elsewhere/1"));
        assert_eq!(archives(&files[..1], 0).unwrap().1, None);
    }
}
