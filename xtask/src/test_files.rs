//! The files below `tests/`: cargo ignores one that nobody names, without a word.

use std::collections::BTreeSet;

use crate::failure::{Failure, Result};
use crate::source::mask;
use crate::step::step;
use crate::workspace;

/// Checks that every file below a package's `tests/` belongs to one of its targets.
pub(crate) fn check() -> Result {
    step("test-files", || {
        let files: BTreeSet<String> = workspace::files()?.into_iter().collect();
        let packages: Vec<&str> = files.iter().filter_map(|file| package(file)).collect();
        let mut compiled = BTreeSet::new();
        let mut tests = BTreeSet::new();
        for folder in &packages {
            let manifest = workspace::read(&format!("{folder}Cargo.toml"))?;
            let own = files.iter().filter(|file| owner(file, &packages) == Some(*folder));
            let below = own.filter_map(|file| Some((file, file.strip_prefix(folder)?)));
            for (file, place) in below.filter(|(file, place)| place.starts_with("tests/") && workspace::is_rust(file)) {
                tests.insert(file.clone());
                if is_target(&manifest, place) {
                    follow(file, true, &files, &mut compiled)?;
                }
            }
        }
        let orphans: Vec<&str> = tests.difference(&compiled).map(String::as_str).collect();
        if orphans.is_empty() {
            println!("{} files", tests.len());
            return Ok(());
        }
        Err(Failure::new(format!("no target and no `mod` line names {}", orphans.join(", "))))
    })
}

/// The folder of the package that a manifest makes, with a slash at its end, empty for the root.
fn package(file: &str) -> Option<&str> {
    file.strip_suffix("Cargo.toml").filter(|folder| folder.is_empty() || folder.ends_with('/'))
}

/// The package that a file belongs to: the deepest around it.
fn owner<'a>(file: &str, packages: &[&'a str]) -> Option<&'a str> {
    packages.iter().copied().filter(|folder| file.starts_with(folder)).max_by_key(|folder| folder.len())
}

/// True if a manifest names the file, or lets cargo find it.
fn is_target(manifest: &str, place: &str) -> bool {
    let says = |line: &str| manifest.lines().any(|known| known.trim() == line);
    let found = || match place.strip_prefix("tests/").map(|rest| rest.split('/').collect::<Vec<_>>()) {
        Some(parts) => parts.len() == 1 || (parts.len() == 2 && parts[1] == "main.rs"),
        None => false,
    };
    says(&format!("path = \"{place}\"")) || (!says("autotests = false") && found())
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
        assert!(is_target(manifest, "tests/b/main.rs"), "cargo finds it");
        assert!(!is_target(manifest, "tests/b/more.rs"));
        assert!(!is_target(&format!("autotests = false\n{manifest}"), "tests/b/main.rs"));
    }

    #[test]
    fn a_file_belongs_to_the_deepest_package_around_it() {
        let packages = ["", "tests/a/"];
        assert_eq!(owner("tests/a/src/lib.rs", &packages), Some("tests/a/"));
        assert_eq!(owner("tests/b.rs", &packages), Some(""));
        assert_eq!(package("crates/x/Cargo.toml"), Some("crates/x/"));
        assert_eq!(package("crates/x/NotCargo.toml"), None);
    }
}
