//! What a customer asked for and heard, on disk.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What was asked for in one environment and what was heard of it: a line before each, so that the
/// engine after one that was killed knows where to go on, and everybody what was promised.
#[derive(Debug)]
pub struct Diary(PathBuf);

/// What a diary says of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The key that it was asked for with.
    pub key: String,
    /// How it ended; none if that was not heard.
    pub heard: Option<String>,
}

impl Page {
    /// What is heard of what was refused before there was a run.
    const REFUSED: &str = "refused ";

    /// True if its run was heard of.
    pub fn has_run(&self) -> bool {
        self.heard.as_ref().is_some_and(|heard| !heard.starts_with(Self::REFUSED))
    }
}

impl Diary {
    /// The diary of an environment, below a trial's directory.
    pub fn new(dir: &Path, environment: &str) -> Self {
        Self(dir.join(format!("diary-{environment}")))
    }

    /// Notes that something is about to be asked for.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn ask(&self, key: &str) -> io::Result<()> {
        self.write(&format!("asked {key}\n"))
    }

    /// Notes how what was asked for last ended.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn hear(&self, ended: &str) -> io::Result<()> {
        self.write(&format!("heard {ended}\n"))
    }

    /// Notes that what was asked for last was refused, and why.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn hear_refusal(&self, why: &str) -> io::Result<()> {
        self.hear(&format!("{}{why}", Page::REFUSED))
    }

    fn write(&self, line: &str) -> io::Result<()> {
        OpenOptions::new().create(true).append(true).open(&self.0)?.write_all(line.as_bytes())
    }

    /// What it says, oldest first. Something that was asked for again is one page.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn pages(&self) -> io::Result<Vec<Page>> {
        let text = match fs::read_to_string(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            text => text?,
        };
        let mut pages: Vec<Page> = Vec::new();
        for line in text.lines() {
            match (line.split_once(' '), pages.last_mut()) {
                (Some(("asked", key)), Some(last)) if last.key == key => {}
                (Some(("asked", key)), _) => pages.push(Page { key: key.to_owned(), heard: None }),
                (Some(("heard", ended)), Some(last)) => last.heard = Some(ended.to_owned()),
                _ => return Err(io::Error::other(format!("{line:?} is no line of a diary"))),
            }
        }
        Ok(pages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_twice_is_one_page_and_a_refusal_is_no_run() {
        let dir = tempfile::tempdir().expect("there is room");
        let diary = Diary::new(dir.path(), "one");
        assert!(diary.pages().expect("there is none yet").is_empty());
        diary.ask("a").expect("it can be written");
        diary.ask("a").expect("it can be written");
        diary.hear("succeeded").expect("it can be written");
        diary.ask("b").expect("it can be written");
        diary.hear_refusal("release.none_healthy").expect("it can be written");
        diary.ask("c").expect("it can be written");
        let pages = diary.pages().expect("it can be read");
        let told: Vec<_> = pages.iter().map(|page| (page.key.as_str(), page.has_run())).collect();
        assert_eq!(told, [("a", true), ("b", false), ("c", false)]);
        assert_eq!(pages[2].heard, None);
    }
}
