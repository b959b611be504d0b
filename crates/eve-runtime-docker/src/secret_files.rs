//! Secrets of containers as files of this machine, in memory alone.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use bollard::models::{Mount, MountType};
use eve_core::desired::SecretFile;
use eve_core::{Error, Result, Secret, codes};

use crate::config::DockerConfig;
use crate::secret_volume;

/// Keeps each container's secrets in a folder that only this user may enter, on a file system in
/// memory: a machine that is switched off has forgotten them.
#[derive(Debug, Clone)]
pub(crate) struct SecretFiles {
    /// None for an engine that is not on this machine.
    root: Option<PathBuf>,
    owner: String,
}

impl SecretFiles {
    pub(crate) fn of(config: &DockerConfig) -> Self {
        let user = rustix::process::geteuid().as_raw();
        // What a user left in /dev/shm may be removed when he logs out; root's own place is not.
        let default = || match in_memory(Path::new("/run")) {
            Ok(()) if user == 0 => "/run/eve-secrets".into(),
            _ => format!("/dev/shm/eve-{user}").into(),
        };
        let root = config.secrets_dir.clone().unwrap_or_else(default);
        let is_here = config.is_here();
        Self { root: is_here.then_some(root), owner: config.owner.as_str().to_owned() }
    }

    /// Where all of them are; none for an engine that is not on this machine.
    pub(crate) fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// Where a container's secrets are.
    fn folder(&self, container: &str) -> Option<PathBuf> {
        Some(self.root.as_ref()?.join(&self.owner).join(container))
    }

    /// How a container comes to its secrets: by files of this machine, or by a volume of its own on an
    /// engine that is elsewhere. `written` is what is written on whatever is made for it.
    pub(crate) fn mounts(&self, container: &str, files: &[SecretFile], written: HashMap<String, String>) -> Vec<Mount> {
        let Some(folder) = self.folder(container) else {
            let volume = (!files.is_empty()).then(|| secret_volume::mount(container, written));
            return volume.into_iter().collect();
        };
        let bind = |file: &SecretFile| Mount {
            typ: Some(MountType::BIND),
            source: Some(folder.join(file.secret.as_str()).to_string_lossy().into_owned()),
            target: Some(file.target.clone()),
            read_only: Some(true),
            ..Mount::default()
        };
        files.iter().map(bind).collect()
    }

    /// Writes a container's secrets anew, where they are files of this machine.
    ///
    /// # Errors
    /// `secret.unreadable` if they cannot be kept safely.
    pub(crate) fn put(&self, container: &str, files: &[(SecretFile, Secret)]) -> Result<()> {
        let (Some(root), Some(folder)) = (&self.root, self.folder(container)) else { return Ok(()) };
        if files.is_empty() {
            return Ok(());
        }
        let write = || -> io::Result<()> {
            own_folder(root)?;
            in_memory(root)?;
            own_folder(&root.join(&self.owner))?;
            remove(&folder)?;
            own_folder(&folder)?;
            // One secret may be found at several places: it is one file all the same.
            let texts: BTreeMap<_, _> = files.iter().map(|(file, text)| (&file.secret, text)).collect();
            texts.iter().try_for_each(|(secret, text)| write_new(&folder.join(secret.as_str()), text))
        };
        write().map_err(|e| unsafe_place(root, e))
    }

    /// True where they are files of this machine.
    pub(crate) fn are_here(&self) -> bool {
        self.root.is_some()
    }

    /// Gives a container's secrets to the user that its image runs as, where that is another one and they
    /// are files of this machine.
    ///
    /// # Errors
    /// `secret.unreadable` if this process may not.
    pub(crate) fn give_to(&self, container: &str, number: u32) -> Result<()> {
        let Some(folder) = self.folder(container) else { return Ok(()) };
        if number == rustix::process::geteuid().as_raw() || !folder.is_dir() {
            return Ok(());
        }
        let give = || -> io::Result<()> {
            for entry in fs::read_dir(&folder)? {
                std::os::unix::fs::chown(entry?.path(), Some(number), None)?;
            }
            Ok(())
        };
        give().map_err(|e| {
            let text = format!("secrets cannot be given to user {number}, which the image runs as");
            Error::denied(codes::SECRET_UNREADABLE, text)
                .with_hint("run as root, or use ${secret.KEY} under `environment`")
                .with_source(e)
        })
    }

    /// Removes a container's secrets.
    pub(crate) fn forget(&self, container: &str) {
        if let Some(folder) = self.folder(container)
            && let Err(error) = remove(&folder)
        {
            tracing::warn!(folder = %folder.display(), %error, "secrets cannot be removed");
        }
    }

    /// Removes what is left of containers whose names begin like this.
    pub(crate) fn forget_all(&self, prefix: &str) {
        let Some(root) = &self.root else { return };
        let entries = fs::read_dir(root.join(&self.owner)).into_iter().flatten().flatten();
        for name in entries.filter_map(|entry| entry.file_name().into_string().ok()) {
            if name.starts_with(prefix) {
                self.forget(&name);
            }
        }
    }
}

/// The number of the user that an image runs as.
///
/// # Errors
/// `secret.unreadable` if it is a name: only the image knows whose.
pub(crate) fn user_number(user: &str) -> Result<u32> {
    let user = user.split(':').next().filter(|user| !user.is_empty() && *user != "root").unwrap_or("0");
    user.parse().map_err(|_| {
        let text = format!("the image runs as user {user}, whose number is not known outside of it");
        Error::invalid(codes::SECRET_UNREADABLE, text)
            .with_hint("give the user by its number in the image, or use ${secret.KEY} under `environment`")
    })
}

/// Sees that a folder is there, is no link, and is this user's alone.
fn own_folder(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
        _ => {}
    }
    let about = path.symlink_metadata()?;
    let own = about.is_dir() && about.uid() == rustix::process::geteuid().as_raw() && about.mode() & 0o777 == 0o700;
    let text = format!("{} is not a folder of this user alone", path.display());
    if own { Ok(()) } else { Err(io::Error::new(io::ErrorKind::PermissionDenied, text)) }
}

/// What is written here must reach no disk.
#[cfg(target_os = "linux")]
fn in_memory(path: &Path) -> io::Result<()> {
    const TMPFS: i64 = 0x0102_1994;
    let about = rustix::fs::statfs(path)?;
    let text = format!("{} is not on a file system in memory (tmpfs)", path.display());
    if about.f_type == TMPFS { Ok(()) } else { Err(io::Error::new(io::ErrorKind::Unsupported, text)) }
}

#[cfg(not(target_os = "linux"))]
fn in_memory(path: &Path) -> io::Result<()> {
    let text = format!("whether {} is on a file system in memory cannot be told here", path.display());
    Err(io::Error::new(io::ErrorKind::Unsupported, text))
}

fn write_new(path: &Path, text: &Secret) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o400).open(path)?;
    file.write_all(text.expose().as_bytes())
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

fn unsafe_place(root: &Path, cause: io::Error) -> Error {
    Error::failed(codes::SECRET_UNREADABLE, format!("secrets cannot be kept in {}", root.display()))
        .with_hint("name a folder of this user's own on a tmpfs with DockerConfig::with_secrets_dir")
        .with_source(cause)
}

#[cfg(test)]
mod tests {
    use eve_core::SecretName;

    use super::*;

    fn files(root: &Path) -> SecretFiles {
        SecretFiles { root: Some(root.join("eve")), owner: "o".to_owned() }
    }

    fn secrets(text: &str) -> Vec<(SecretFile, Secret)> {
        vec![(SecretFile::new(SecretName::new("TOKEN").unwrap()), Secret::new(text))]
    }

    /// A folder in memory.
    fn memory() -> tempfile::TempDir {
        tempfile::tempdir_in("/dev/shm").unwrap()
    }

    #[test]
    fn a_secret_is_a_file_that_only_its_owner_may_read_and_is_written_anew() {
        let dir = memory();
        let files = files(dir.path());
        for text in ["one", "two"] {
            let mut twice = secrets(text);
            twice.extend(secrets(text));
            files.put("c", &twice).unwrap();
            let mounts = files.mounts("c", &[twice[0].0.clone()], HashMap::new());
            let path = PathBuf::from(mounts[0].source.clone().unwrap());
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o400);
            assert_eq!(path.parent().unwrap().metadata().unwrap().mode() & 0o777, 0o700);
        }
        files.forget_all("c");
        assert_eq!(fs::read_dir(dir.path().join("eve/o")).unwrap().count(), 0);
    }

    #[test]
    fn a_place_that_others_may_enter_or_that_is_a_link_is_refused() {
        let dir = memory();
        let open = dir.path().join("eve");
        DirBuilder::new().mode(0o755).create(&open).unwrap();
        assert_eq!(files(dir.path()).put("c", &secrets("x")).unwrap_err().code(), &codes::SECRET_UNREADABLE);
        fs::remove_dir(&open).unwrap();
        let elsewhere = memory();
        std::os::unix::fs::symlink(elsewhere.path(), &open).unwrap();
        assert!(files(dir.path()).put("c", &secrets("x")).is_err());
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_engine_elsewhere_has_a_volume_where_there_are_any() {
        let files = SecretFiles { root: None, owner: "o".to_owned() };
        files.put("c", &secrets("x")).unwrap();
        let file = SecretFile::new(SecretName::new("TOKEN").unwrap());
        let mounts = files.mounts("c", &[file.clone(), file], HashMap::new());
        assert_eq!((mounts.len(), mounts[0].typ), (1, Some(MountType::VOLUME)));
        assert!(files.mounts("c", &[], HashMap::new()).is_empty());
    }

    #[test]
    fn a_user_by_name_is_told() {
        for (user, number) in [("", 0), ("root", 0), ("1000:1000", 1000)] {
            assert_eq!(user_number(user).unwrap(), number);
        }
        assert_eq!(user_number("nobody").unwrap_err().code(), &codes::SECRET_UNREADABLE);
    }
}
