//! The folder that a build is made from.

use std::path::{Component, Path, PathBuf};

use eve_core::{Error, Result, codes};

/// The real folder of a build context, and the real root of the project around it.
///
/// # Errors
/// `build.context_escapes` if the path, or a link in it, leads out of the project;
/// `build.context_missing` if it is no folder.
pub(super) fn resolve(root: &Path, context: &str) -> Result<PathBuf> {
    let path = Path::new(context);
    if path.components().any(|part| matches!(part, Component::ParentDir | Component::RootDir | Component::Prefix(_))) {
        // `a/../b` stays inside, and nobody has to write it.
        return Err(escapes(context));
    }
    let missing = |e: std::io::Error| missing(context).with_source(e);
    let root = root.canonicalize().map_err(missing)?;
    let real = root.join(path).canonicalize().map_err(missing)?;
    if !real.starts_with(&root) {
        return Err(escapes(context));
    }
    if !real.is_dir() {
        return Err(self::missing(context));
    }
    Ok(real)
}

/// The real path of a file of the context. The build's log tells of what stands in it, so no link may
/// put another file of the machine there.
///
/// # Errors
/// As the system says; for a link that leads out, that it is denied.
pub(super) fn resolve_file(context: &Path, name: &str) -> std::io::Result<PathBuf> {
    let real = context.join(name).canonicalize()?;
    if real.starts_with(context) {
        return Ok(real);
    }
    let text = format!("{name} is a link that leads out of the build context");
    Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, text))
}

fn escapes(context: &str) -> Error {
    Error::invalid(codes::BUILD_CONTEXT_ESCAPES, format!("build context `{context}` leads out of the project"))
        .with_hint("name a folder below the project's root, without `..`")
}

fn missing(context: &str) -> Error {
    Error::not_found(codes::BUILD_CONTEXT_MISSING, format!("build context `{context}` is not a folder of the project"))
}
