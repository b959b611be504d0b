//! The fencing tokens on disk.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use eve_core::{EnvironmentId, Error, Fence, Fences, Result, codes};
use serde::{Deserialize, Serialize};

use crate::place::{Place, io_error};

/// The version of the file that this crate writes.
const SCHEMA: u32 = 1;

/// What every version writes.
#[derive(Deserialize)]
struct Header {
    schema: u32,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    schema: u32,
    fences: BTreeMap<String, Fence>,
}

/// The fencing tokens of a state directory: those that were stored, and each larger one is on disk
/// before it counts.
///
/// Only one process may use them at a time: the supervisor, or an engine that holds the data plane
/// itself.
///
/// # Errors
/// `state.version` if a newer version wrote them; `state.unreadable`, `state.read_only`,
/// `state.disk_full`, `state.io`; `control.denied` if the folder is somebody else's.
pub fn fences(dir: impl AsRef<Path>) -> Result<Arc<Fences>> {
    let place = Place::of(dir.as_ref())?;
    place.make()?;
    let stored = read(&place.fences())?;
    let keep = Box::new(move |fences: &BTreeMap<EnvironmentId, Fence>| {
        // Whoever held the data plane while this one waited for it may have stored larger ones.
        let mut largest = read(&place.fences())?;
        for (env, fence) in fences {
            let stored = largest.entry(env.clone()).or_default();
            *stored = (*stored).max(*fence);
        }
        write(&place, &largest)
    });
    Ok(Arc::new(Fences::kept(stored, keep)))
}

fn read(path: &Path) -> Result<BTreeMap<EnvironmentId, Fence>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(e) => return Err(io_error("read", path, e)),
    };
    let damaged = || Error::corrupt(codes::STATE_UNREADABLE, format!("{} is damaged", path.display()));
    let Header { schema } = serde_json::from_slice(&bytes).map_err(|e| damaged().with_source(e))?;
    if schema > SCHEMA {
        let text = format!("{} was written by a newer version (schema {schema})", path.display());
        return Err(
            Error::corrupt(codes::STATE_VERSION, text).with_hint("use that version, or another state directory")
        );
    }
    let stored: Stored = serde_json::from_slice(&bytes).map_err(|e| damaged().with_source(e))?;
    let parsed = stored.fences.into_iter().map(|(env, fence)| Ok((EnvironmentId::parse(&env)?, fence)));
    parsed.collect::<Result<_>>().map_err(|e| damaged().with_source(e))
}

/// Replaces the file so that it holds the old or the new tokens whatever happens to the machine.
fn write(place: &Place, fences: &BTreeMap<EnvironmentId, Fence>) -> Result<()> {
    let fences = fences.iter().map(|(env, fence)| (env.to_string(), *fence)).collect();
    let bytes = serde_json::to_vec(&Stored { schema: SCHEMA, fences })
        .map_err(|e| Error::internal(codes::INTERNAL_ENCODE, "fencing tokens have no stored form").with_source(e))?;
    let path = place.fences();
    let temporary = path.with_extension("tmp");
    let mut file = Place::open(&temporary, OpenOptions::new().write(true).create(true).truncate(true))?;
    let mut replace = || -> io::Result<()> {
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        File::open(place.folder())?.sync_all()
    };
    replace().map_err(|e| io_error("write", &path, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env() -> EnvironmentId {
        EnvironmentId::parse("acme/shop/test").unwrap()
    }

    #[test]
    fn a_token_outlives_the_process_that_admitted_it() {
        let dir = tempfile::tempdir().unwrap();
        fences(dir.path()).unwrap().admit(&env(), Fence::new(7)).unwrap();
        let later = fences(dir.path()).unwrap();
        assert_eq!(later.admit(&env(), Fence::new(6)).unwrap_err().code(), &codes::LEASE_LOST);
        later.admit(&env(), Fence::new(7)).unwrap();
    }

    #[test]
    fn a_token_on_disk_never_goes_back() {
        let dir = tempfile::tempdir().unwrap();
        let other = EnvironmentId::parse("acme/shop/other").unwrap();
        let early = fences(dir.path()).unwrap();
        fences(dir.path()).unwrap().admit(&env(), Fence::new(9)).unwrap();
        early.admit(&other, Fence::new(1)).unwrap();
        let later = fences(dir.path()).unwrap();
        assert_eq!(later.admit(&env(), Fence::new(8)).unwrap_err().code(), &codes::LEASE_LOST);
    }

    #[test]
    fn tokens_of_a_newer_version_and_damaged_ones_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let path = Place::of(dir.path()).unwrap().fences();
        fences(dir.path()).unwrap();
        fs::write(&path, r#"{"schema":2,"tokens":[]}"#).unwrap();
        assert_eq!(fences(dir.path()).unwrap_err().code(), &codes::STATE_VERSION);
        fs::write(&path, r#"{"schema":1,"fences":{"acme/shop/te"#).unwrap();
        assert_eq!(fences(dir.path()).unwrap_err().code(), &codes::STATE_UNREADABLE);
    }
}
