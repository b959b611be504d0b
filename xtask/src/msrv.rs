//! The oldest compiler of each package.

use crate::failure::{Failure, Result};
use crate::step::step;
use crate::workspace;

/// Checks that every package states its `rust-version`.
///
/// Clippy's `incompatible_msrv` reads it and refuses what is newer; without it, that lint is silent.
pub(crate) fn check() -> Result {
    step("msrv", || {
        let mut without = Vec::new();
        for file in workspace::files()? {
            if file == "Cargo.toml" || file.ends_with("/Cargo.toml") {
                let text = workspace::read(&file)?;
                if !states_version(&text) {
                    without.push(file);
                }
            }
        }
        if without.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!("no rust-version in {}", without.join(", "))))
    })
}

fn states_version(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim);
    if !lines.by_ref().any(|line| line == "[package]") {
        return true;
    }
    lines.take_while(|line| !line.starts_with('[')).any(|line| line.starts_with("rust-version"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_outside_the_package_table_does_not_count() {
        assert!(states_version("[package]\nrust-version = \"1.88\"\n"));
        assert!(!states_version("[workspace.package]\nrust-version = \"1.88\"\n[package]\nname = \"x\"\n[lib]\n"));
    }
}
