//! The variables of a child.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::ops::Range;

use eve_core::Secret;

/// The whole environment of a child. Nothing of the holder's own environment is handed on.
#[derive(Clone)]
pub struct Environment {
    path: OsString,
    variables: BTreeMap<String, Variable>,
}

#[derive(Clone)]
struct Variable {
    text: Secret,
    secret: Vec<Range<usize>>,
}

/// The names of variables, and which bytes of each are secret: what of an environment may be stored.
pub(super) type Shape = BTreeMap<String, Vec<Range<usize>>>;

impl Environment {
    /// Only a search path. `HOME`, `TMPDIR`, `LANG` and the marker are added at the start.
    pub fn new(path: impl Into<OsString>) -> Self {
        Self { path: path.into(), variables: BTreeMap::new() }
    }

    /// Sets a variable with nothing secret in it. A workload's own `PATH`, `HOME` or `LANG` wins over
    /// ours.
    pub fn set(&mut self, name: impl Into<String>, value: Secret) {
        self.set_secret(name, value, []);
    }

    /// Sets a variable, and says which bytes of its value must reach no log and no disk.
    pub fn set_secret(
        &mut self,
        name: impl Into<String>,
        value: Secret,
        secret: impl IntoIterator<Item = Range<usize>>,
    ) {
        self.variables.insert(name.into(), Variable { text: value, secret: secret.into_iter().collect() });
    }

    /// The environment of a shape, with texts from elsewhere; none if one is missing.
    pub(super) fn filled(path: OsString, shape: &Shape, text: impl Fn(&str) -> Option<Secret>) -> Option<Self> {
        let mut environment = Self::new(path);
        for (name, secret) in shape {
            environment.set_secret(name, text(name)?, secret.clone());
        }
        Some(environment)
    }

    pub(super) fn shape(&self) -> Shape {
        self.variables.iter().map(|(name, variable)| (name.clone(), variable.secret.clone())).collect()
    }

    /// The search path that it was made with.
    pub(super) fn path(&self) -> &OsStr {
        &self.path
    }

    /// Where programs are looked for.
    pub(super) fn search_path(&self) -> &OsStr {
        self.variables.get("PATH").map_or(&self.path, |path| OsStr::new(path.text.expose()))
    }

    /// Every variable that was set.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.variables.iter().map(|(name, variable)| (name.as_str(), &variable.text))
    }

    /// The texts that must not reach a log.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let of = |variable: &Variable| -> Vec<Secret> {
            let text = variable.text.expose();
            variable.secret.iter().filter_map(|range| text.get(range.clone())).map(Secret::new).collect()
        };
        self.variables.values().flat_map(of).collect()
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_the_same_again_by_its_shape_and_its_texts() {
        let mut first = Environment::new("/bin");
        first.set("MODE", Secret::new("fast"));
        first.set_secret("URL", Secret::new("db://u:hunter22@h"), [7..15, 90..99]);
        let texts = [("MODE", "fast"), ("URL", "db://u:hunter22@h")];
        let text = |name: &str| texts.iter().find(|(known, _)| *known == name).map(|(_, text)| Secret::new(*text));
        let again = Environment::filled("/bin".into(), &first.shape(), text).unwrap();
        assert_eq!(again.shape(), first.shape());
        let secrets: Vec<_> = again.secrets().iter().map(|secret| secret.expose().to_owned()).collect();
        assert_eq!(secrets, ["hunter22"]);
        assert!(Environment::filled("/bin".into(), &first.shape(), |_| None).is_none());
    }
}
