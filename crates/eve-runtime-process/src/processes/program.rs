//! Looking up a program.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The file that a command line's first word names.
///
/// With a `/` in it, it is a path relative to `directory`; else it is searched in `path`. The
/// standard library would search the holder's own `PATH` and tell less about what is wrong.
///
/// # Errors
/// Why there is no such program.
pub(super) fn find(word: &str, directory: &Path, path: &OsStr) -> Result<PathBuf, String> {
    if word.is_empty() {
        return Err("the command line's first word is empty".to_owned());
    }
    if word.contains('/') {
        let file = directory.join(word);
        return match runnable(&file) {
            Ok(()) => Ok(file),
            Err(why) => Err(format!("{word} {why}")),
        };
    }
    let mut found_why = None;
    for folder in std::env::split_paths(path).filter(|folder| folder.is_absolute()) {
        let file = folder.join(word);
        match runnable(&file) {
            Ok(()) => return Ok(file),
            Err(why) if file.exists() => found_why = found_why.or(Some(format!("{} {why}", file.display()))),
            Err(_) => {}
        }
    }
    Err(found_why.unwrap_or_else(|| format!("{word} is not in {}", path.display())))
}

fn runnable(file: &Path) -> Result<(), &'static str> {
    let meta = file.metadata().map_err(|_| "does not exist")?;
    if !meta.is_file() {
        return Err("is not a file");
    }
    if meta.permissions().mode() & 0o111 == 0 {
        return Err("is not executable");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/usr/bin:/bin";

    #[test]
    fn a_bare_word_is_searched() {
        let found = find("env", Path::new("/"), OsStr::new(PATH)).unwrap();
        assert!(found.ends_with("env"));
    }

    #[test]
    fn a_word_with_a_slash_is_relative_to_the_folder() {
        let found = find("bin/env", Path::new("/usr"), OsStr::new("")).unwrap();
        assert_eq!(found, Path::new("/usr/bin/env"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let why = |word| find(word, Path::new("/"), OsStr::new(PATH)).unwrap_err();
        assert!(why("no-such-program").contains("is not in"));
        assert!(why("./etc/passwd").contains("is not executable"));
        assert!(why("./etc").contains("is not a file"));
        assert!(why("./nowhere").contains("does not exist"));
    }

    #[test]
    fn a_relative_folder_of_the_path_is_never_searched() {
        assert!(find("env", Path::new("/usr/bin"), OsStr::new(".:")).is_err());
    }
}
