//! The key that secret versions are computed with.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use eve_core::{Digest, Env, Result, Secret, SecretName, SecretScope, SecretVersion};
use zeroize::Zeroizing;

use crate::atomic_file::AtomicFile;
use crate::intent::{Intent, unreadable};

const FILE: &str = "key";

/// Hexadecimal digits of a key: 256 bits.
const DIGITS: usize = 64;

/// The random key of a state directory that versions are computed with: who sees versions, in a
/// plan say, cannot try values until one fits.
pub(super) struct VersionKey(Zeroizing<String>);

impl VersionKey {
    /// Makes the key where there is none.
    pub(super) fn prepare(root: &Path, env: &dyn Env) -> Result<()> {
        let path = root.join(FILE);
        let failed = |source| Intent::Write.io_error(&path, source);
        if path.try_exists().map_err(failed)? {
            return Ok(());
        }
        let mut text = Zeroizing::new(String::with_capacity(DIGITS));
        while text.len() < DIGITS {
            text.push_str(&Zeroizing::new(format!("{:016x}", env.random())));
        }
        AtomicFile::beside(&path).write(text.as_bytes()).map_err(failed)
    }

    /// The key of a state directory.
    pub(super) fn load(root: &Path) -> Result<Self> {
        let path = root.join(FILE);
        match fs::read_to_string(&path).map(Zeroizing::new) {
            Ok(text) if text.len() == DIGITS && text.bytes().all(|b| b.is_ascii_hexdigit()) => Ok(Self(text)),
            Ok(_) => Err(unreadable(&path)),
            Err(source) if source.kind() == ErrorKind::InvalidData => Err(unreadable(&path).with_source(source)),
            Err(source) if source.kind() == ErrorKind::NotFound => Err(unreadable(&path).with_source(source)),
            Err(source) => Err(Intent::Read.io_error(&path, source)),
        }
    }

    /// The version of a secret: the same for the same text, another for another.
    pub(super) fn version(&self, scope: &SecretScope, name: &SecretName, secret: &Secret) -> SecretVersion {
        let mut hasher = Digest::hasher();
        for text in [self.0.as_str(), &scope.to_string(), name.as_str(), secret.expose()] {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text);
        }
        SecretVersion::new(hasher.finish().short(16))
    }
}
