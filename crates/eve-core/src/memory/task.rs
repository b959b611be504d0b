//! What an attempt in memory does.

use std::time::Duration;

use crate::{Error, Exit, Result, codes};

/// What an attempt in memory does, read from its command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Task {
    /// Ends at once.
    Exit(Exit),
    /// Ends well after a while.
    Sleep(Duration),
    /// Leaves a file and ends well.
    Artifact(String, String),
    /// Writes each word as a line and ends well.
    Print(Vec<String>),
}

impl Task {
    /// Reads a command line.
    ///
    /// # Errors
    /// `workload.cannot_start` if there is no such program.
    pub(super) fn read(argv: &[String]) -> Result<Self> {
        let words: Vec<&str> = argv.iter().map(String::as_str).collect();
        Self::parse(&words).ok_or_else(|| {
            let text = format!("there is no program {:?}", argv.first().map_or("", String::as_str));
            Error::invalid(codes::WORKLOAD_CANNOT_START, text)
        })
    }

    fn parse(words: &[&str]) -> Option<Self> {
        Some(match words {
            ["exit", code] => Self::Exit(Exit::Code(code.parse().ok()?)),
            ["sleep", millis] => Self::Sleep(Duration::from_millis(millis.parse().ok()?)),
            ["artifact", name, text] => Self::Artifact((*name).to_owned(), (*text).to_owned()),
            ["print", lines @ ..] => Self::Print(lines.iter().map(|&line| line.to_owned()).collect()),
            _ => return None,
        })
    }
}
