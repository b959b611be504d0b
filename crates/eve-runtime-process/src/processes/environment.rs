//! The variables of a child.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;

use eve_core::Secret;

/// The whole environment of a child. Nothing of the holder's own environment is handed on.
#[derive(Clone)]
pub struct Environment {
    path: OsString,
    variables: BTreeMap<String, Secret>,
}

impl Environment {
    /// Only a search path. `HOME`, `TMPDIR`, `LANG` and the marker are added at the start.
    pub fn new(path: impl Into<OsString>) -> Self {
        Self { path: path.into(), variables: BTreeMap::new() }
    }

    /// Sets a variable. A workload's own `PATH`, `HOME` or `LANG` wins over ours.
    pub fn set(&mut self, name: impl Into<String>, value: Secret) {
        self.variables.insert(name.into(), value);
    }

    /// Where programs are looked for.
    pub(super) fn search_path(&self) -> &OsStr {
        self.variables.get("PATH").map_or(&self.path, |path| OsStr::new(path.expose()))
    }

    /// Every variable that was set.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.expose()))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}
