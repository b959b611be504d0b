//! How long files are.

use crate::failure::{Failure, Result};
use crate::source::code_lines;
use crate::step::step;
use crate::workspace;

const MAX_CODE_LINES: usize = 600;
const MAX_MEDIAN: usize = 150;

/// Checks the length of every source file: its code alone, and the median of all lines.
pub(crate) fn check() -> Result {
    step("sizes", || {
        let mut lengths = Vec::new();
        let mut too_long = Vec::new();
        for file in workspace::files()?.into_iter().filter(|file| is_source(file)) {
            let text = workspace::read(&file)?;
            lengths.push(text.lines().count());
            let code = code_lines(&text);
            if code > MAX_CODE_LINES {
                too_long.push(format!("{file} has {code} lines of code, more than {MAX_CODE_LINES}"));
            }
        }
        let files = lengths.len();
        let median = median(lengths).ok_or_else(|| Failure::new("there are no source files"))?;
        println!("{files} files, median of {median} lines");
        if median > MAX_MEDIAN {
            too_long.push(format!("the median is {median} lines, more than {MAX_MEDIAN}"));
        }
        if too_long.is_empty() { Ok(()) } else { Err(Failure::new(too_long.join("\n"))) }
    })
}

/// True for Rust files that are neither tests nor benches.
fn is_source(file: &str) -> bool {
    let mut parts = file.rsplit('/');
    let name = parts.next().unwrap_or_default();
    workspace::is_rust(file) && name != "tests.rs" && parts.all(|folder| folder != "tests" && folder != "benches")
}

fn median(mut lengths: Vec<usize>) -> Option<usize> {
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_benches_are_left_out() {
        assert!(is_source("src/lib.rs") && is_source("crates/a/src/test_files.rs"));
        for file in ["tests/a/main.rs", "crates/a/benches/b.rs", "src/a/tests.rs", "src/a/tests/b.rs", "README.md"] {
            assert!(!is_source(file), "{file}");
        }
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(vec![9, 1, 5]), Some(5));
        assert_eq!(median(vec![]), None);
    }
}
