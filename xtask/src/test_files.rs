//! The files below `tests/`: cargo ignores one that nobody names, without a word.

use std::collections::BTreeSet;

use crate::failure::{Failure, Result};
use crate::source::mask;
use crate::step::step;
use crate::workspace;

/// Checks that every file below `tests/` belongs to a target of the root package.
pub(crate) fn check() -> Result {
    step("test-files", || {
        let files: BTreeSet<String> = workspace::files()?.into_iter().filter(|file| is_test(file)).collect();
        let manifest = workspace::read("Cargo.toml")?;
        let mut compiled = BTreeSet::new();
        for file in files.iter().filter(|file| is_target(&manifest, file)) {
            follow(file, true, &files, &mut compiled)?;
        }
        let orphans: Vec<&str> = files.difference(&compiled).map(String::as_str).collect();
        if orphans.is_empty() {
            println!("{} files", files.len());
            return Ok(());
        }
        Err(Failure::new(format!("no target and no `mod` line names {}", orphans.join(", "))))
    })
}

fn is_test(file: &str) -> bool {
    file.starts_with("tests/") && workspace::is_rust(file)
}

fn is_target(manifest: &str, file: &str) -> bool {
    manifest.lines().any(|line| line.trim() == format!("path = \"{file}\""))
}

/// Adds a file and every file that it declares. The root of a target declares beside itself, as `mod.rs` does.
fn follow(file: &str, root: bool, files: &BTreeSet<String>, compiled: &mut BTreeSet<String>) -> Result {
    compiled.insert(file.to_owned());
    let folder = match file.rsplit_once('/') {
        Some((folder, name)) if root || name == "mod.rs" => folder.to_owned(),
        _ => file.trim_end_matches(".rs").to_owned(),
    };
    for module in declared(&workspace::read(file)?) {
        for child in [format!("{folder}/{module}.rs"), format!("{folder}/{module}/mod.rs")] {
            if files.contains(&child) && !compiled.contains(&child) {
                follow(&child, false, files, compiled)?;
            }
        }
    }
    Ok(())
}

/// The names of `mod name;` lines.
fn declared(source: &str) -> Vec<String> {
    let text: String = mask(source).into_iter().collect();
    text.lines()
        .filter_map(|line| line.trim().strip_suffix(';'))
        .filter_map(|line| line.strip_prefix("mod ").or_else(|| line.split_once(" mod ").map(|(_, name)| name)))
        .map(|name| name.trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_modules_are_read_and_comments_are_not() {
        let source = "//! mod no;\nmod a;\n#[cfg(unix)]\npub mod b;\n#[cfg(unix)] mod c;\n// mod d;\nmod e {}\n";
        assert_eq!(declared(source), ["a", "b", "c"]);
    }

    #[test]
    fn a_target_is_named_by_its_path() {
        let manifest = "[[test]]\nname = \"a\"\npath = \"tests/a/main.rs\"\n";
        assert!(is_target(manifest, "tests/a/main.rs"));
        assert!(!is_target(manifest, "tests/b/main.rs"));
    }
}
