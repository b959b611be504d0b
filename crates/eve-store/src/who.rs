//! Who has something locked, as the locked file says.

use std::fmt;

/// Who has a file locked, as its text says: the process id in the first line, what the process does
/// in the second.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Who {
    /// The process, if the file says it.
    pub(crate) pid: Option<u32>,
    /// What it does, if the file says it.
    pub(crate) purpose: Option<String>,
}

impl Who {
    /// This process, which does something.
    pub(crate) fn me(purpose: &str) -> Self {
        let line = purpose.lines().next().filter(|line| !line.is_empty());
        Self { pid: Some(std::process::id()), purpose: line.map(str::to_owned) }
    }

    /// Reads a file's text. It says nothing between being locked and being written, and where
    /// locked files cannot be read.
    pub(crate) fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        let pid = lines.next().and_then(|line| line.parse().ok());
        Self { pid, purpose: lines.next().filter(|line| !line.is_empty()).map(str::to_owned) }
    }

    /// The text for a file.
    pub(crate) fn text(&self) -> String {
        let pid = self.pid.map(|pid| pid.to_string()).unwrap_or_default();
        format!("{pid}\n{}\n", self.purpose.as_deref().unwrap_or_default())
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.pid, &self.purpose) {
            (Some(pid), Some(purpose)) => write!(f, "process {pid} ({purpose})"),
            (Some(pid), None) => write!(f, "process {pid}"),
            (None, _) => f.write_str("another process"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_says_of_itself_is_read_back() {
        for purpose in ["an engine", "", "two\nlines"] {
            let me = Who::me(purpose);
            assert_eq!(Who::parse(&me.text()), me);
            assert_eq!(me.pid, Some(std::process::id()));
        }
        for text in ["", "\n", "no number", "\u{0}"] {
            assert_eq!(Who::parse(text).pid, None, "{text:?}");
        }
    }
}
