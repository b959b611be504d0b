//! Files of a release inside a container.

use eve_core::desired::{FileMount, Mount};
use eve_core::{OpCx, PlacedFiles, Result};

use crate::archive::Archive;

/// Files with their bytes, as the engine takes them; none where there are none. They are root's, everybody
/// may read them and nobody write, and so are the folders that are put in place as a whole.
///
/// # Errors
/// `blob.not_found`, `state.unreadable`.
pub(crate) async fn pack(files: &[PlacedFiles], cx: &OpCx) -> Result<Option<Vec<u8>>> {
    if files.is_empty() {
        return Ok(None);
    }
    let mut archive = Archive::new();
    for placed in files {
        let target = placed.target.trim_end_matches('/');
        if matches!(placed.tree, eve_core::FileTree::Folder(_)) {
            archive.folder(target)?;
        }
        let mut folder = String::new();
        for (path, bytes) in placed.read(cx).await? {
            let Some(path) = path else {
                archive.file(target, &bytes, 0o444, 0)?;
                continue;
            };
            if let Some((parent, _)) = path.as_str().rsplit_once('/')
                && parent != folder
            {
                parent.clone_into(&mut folder);
                for (end, _) in parent.match_indices('/').chain([(parent.len(), "")]) {
                    archive.folder(&format!("{target}/{}", &parent[..end]))?;
                }
            }
            archive.file(&format!("{target}/{path}"), &bytes, 0o444, 0)?;
        }
    }
    archive.finish().map(Some)
}

/// Why nothing can be put at a place of a container before it starts; none if it can.
pub(crate) fn obstacle(target: &str, mounts: &[Mount]) -> Option<String> {
    const OWN: [&str; 3] = ["/dev", "/proc", "/sys"];
    const FILES: [&str; 3] = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];
    let plain = |part: &str| !matches!(part, "." | "..");
    let parts = target.trim_matches('/');
    if !target.starts_with('/') || parts.is_empty() || !target.split('/').all(plain) {
        return Some(format!("`{target}` is no absolute path of a file"));
    }
    if OWN.iter().any(|own| lies_in(target, own)) || FILES.contains(&target) {
        return Some(format!("the engine puts its own at `{target}`"));
    }
    let volume = mounts.iter().find(|mount| lies_in(target, &mount.target))?;
    Some(format!("`{target}` lies in volume {}, and it would stay there", volume.volume))
}

/// Why files cannot be put where they are wanted.
pub(crate) fn obstacles<'a>(files: &'a [FileMount], mounts: &'a [Mount]) -> impl Iterator<Item = (usize, String)> {
    files.iter().enumerate().filter_map(|(i, file)| Some((i, obstacle(&file.target, mounts)?)))
}

/// True for a folder itself, and for whatever is below it.
fn lies_in(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use eve_core::VolumeName;

    use super::*;

    #[test]
    fn what_would_stay_or_be_hidden_is_not_put_there() {
        let volume = Mount::new(VolumeName::new("data").unwrap(), "/data/");
        let mounts = [volume];
        for bad in ["/data", "/data/a", "/proc/x", "/dev", "/etc/hosts", "a", "/", "/a/../b", "/./a"] {
            assert!(obstacle(bad, &mounts).is_some(), "{bad}");
        }
        for good in ["/database", "/etc/app.toml", "/etc/hosts.d/a", "/devices/", "/run/secrets/a"] {
            assert_eq!(obstacle(good, &mounts), None, "{good}");
        }
    }
}
