//! What services and attempts have in common.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use eve_core::{
    Artifact, Error, OpCx, Part, Result, Secret, SecretName, SecretVersion, Template, VarName, codes, resolve_secrets,
};

use crate::config::ProcessConfig;
use crate::processes::Environment;
use crate::state_dir::StateDir;

/// The folder of a snapshot.
///
/// # Errors
/// `artifact.not_found` if the snapshot is not here; `plan.refused` for what is no snapshot.
pub(crate) fn root(state: &StateDir, artifact: &Artifact) -> Result<PathBuf> {
    let Artifact::Snapshot { digest } = artifact else {
        return Err(Error::invalid(codes::PLAN_REFUSED, format!("{artifact} cannot run as a process"))
            .with_hint("build the service from source, or deploy to a runtime that runs images"));
    };
    let root = state.snapshot(digest);
    if root.is_dir() {
        return Ok(root);
    }
    Err(Error::not_found(codes::ARTIFACT_NOT_FOUND, format!("{artifact} is not in the state folder"))
        .with_hint("build it again"))
}

/// The folder of a snapshot, and below it the one that a workload starts in.
///
/// # Errors
/// `artifact.not_found` if the snapshot is not here; `plan.refused` for what is no snapshot, and for
/// a folder that leads out of it.
pub(crate) fn directory(state: &StateDir, artifact: &Artifact, working_dir: Option<&str>) -> Result<PathBuf> {
    let root = root(state, artifact)?;
    let Some(below) = working_dir else { return Ok(root) };
    let path = root.join(relative(below).map_err(|why| Error::invalid(codes::PLAN_REFUSED, why))?);
    // Links may not lead out either.
    match path.canonicalize() {
        Ok(real) if real.starts_with(&root) => Ok(real),
        Ok(_) => {
            Err(Error::invalid(codes::PLAN_REFUSED, format!("working folder `{below}` leads out of the snapshot")))
        }
        Err(e) => {
            Err(Error::not_found(codes::ARTIFACT_NOT_FOUND, format!("{artifact} has no folder `{below}`"))
                .with_source(e))
        }
    }
}

/// Checks that a working folder stays below the artifact's root.
///
/// # Errors
/// Why it does not.
pub(crate) fn relative(working_dir: &str) -> Result<&Path, String> {
    let path = Path::new(working_dir);
    let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if path.components().all(inside) {
        return Ok(path);
    }
    Err(format!("working folder `{working_dir}` leads out of the snapshot"))
}

/// A workload's variables with their secrets filled in.
///
/// # Errors
/// `secret.missing`, `secret.unreadable`.
pub(crate) async fn environment(
    config: &ProcessConfig,
    variables: &BTreeMap<VarName, Template>,
    versions: &BTreeMap<SecretName, SecretVersion>,
    cx: &OpCx,
) -> Result<Environment> {
    let mut texts = BTreeMap::new();
    for (name, version) in versions {
        texts.insert(name, cx.secrets.resolve(name, version).await?);
    }
    let mut environment = Environment::new(&config.path);
    for (name, value) in resolve_secrets(variables, versions, cx).await? {
        let template = variables.get(&name).map_or(&[][..], Template::parts);
        environment.set_secret(name.as_str(), value, secret_ranges(template, &texts));
    }
    Ok(environment)
}

/// Which bytes of a template's text are its secrets.
fn secret_ranges(parts: &[Part], texts: &BTreeMap<&SecretName, Secret>) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    for part in parts {
        match part {
            Part::Text(text) => at += text.len(),
            Part::Secret(name) => {
                let end = at + texts.get(name).map_or(0, |text| text.expose().len());
                ranges.push(at..end);
                at = end;
            }
            // What was not filled while planning has no text.
            _ => {}
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_bytes_of_a_value_are_known() {
        let (user, password) = (SecretName::new("USER").unwrap(), SecretName::new("PASSWORD").unwrap());
        let parts = [
            Part::Text("db://".to_owned()),
            Part::Secret(user.clone()),
            Part::Text(":".to_owned()),
            Part::Secret(password.clone()),
        ];
        let texts = BTreeMap::from([(&user, Secret::new("äve")), (&password, Secret::new("hunter22"))]);
        assert_eq!(secret_ranges(&parts, &texts), [5..9, 10..18]);
    }

    #[test]
    fn a_working_folder_stays_inside() {
        assert!(relative("a/./b").is_ok());
        for bad in ["..", "a/../..", "/srv"] {
            assert!(relative(bad).is_err(), "{bad}");
        }
    }
}
