//! The log of one child.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use eve_core::{Exit, Result};
use tokio::sync::watch;

use super::Pipe;
use super::line::Line;
use crate::clock;
use crate::state_dir::io_error;

/// How much of a log is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) file_bytes: u64,
    pub(crate) files: usize,
}

/// A log: a folder of files, each named for the number of its first line. The oldest go first.
#[derive(Debug)]
pub(crate) struct Log {
    folder: PathBuf,
    limits: Limits,
    inner: Mutex<Inner>,
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct Inner {
    parts: VecDeque<Part>,
    file: Option<File>,
    /// The number of the next line; the first one is 1.
    next: u64,
    tail: VecDeque<String>,
    ended: Option<Exit>,
    failing: bool,
}

/// One file of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// The number of its first line.
    pub(super) first: u64,
    /// How many bytes of it are written.
    pub(super) bytes: u64,
}

impl Log {
    /// How many lines are kept at hand, and how much of each.
    const TAIL: usize = 20;
    const TAIL_LINE: usize = 4096;

    /// Opens the log of a folder, which must exist. Nothing is written yet.
    ///
    /// # Errors
    /// `state.io`.
    pub(crate) fn open(folder: &Path, limits: Limits) -> Result<Self> {
        let parts = parts_in(folder).map_err(|e| io_error("read", folder, e))?;
        let next = match parts.back() {
            Some(part) => last_line(&folder.join(file_name(*part)), part.bytes).unwrap_or(part.first - 1) + 1,
            None => 1,
        };
        let inner = Inner { parts, file: None, next, tail: VecDeque::new(), ended: None, failing: false };
        Ok(Self { folder: folder.to_owned(), limits, inner: Mutex::new(inner), changed: watch::channel(()).0 })
    }

    /// Adds a line. If it cannot be written, its number is lost, and readers meet a gap.
    pub(crate) fn append(&self, pipe: Pipe, text: &[u8]) {
        let mut inner = self.inner();
        let stored = Line::encode(inner.next, clock::now(), pipe, text);
        let written = inner.write(&self.folder, self.limits, &stored);
        if let Err(error) = &written
            && !inner.failing
        {
            tracing::warn!(log = %self.folder.display(), %error, "lines of a child cannot be written");
        }
        inner.failing = written.is_err();
        inner.next += 1;
        inner.tail.push_back(String::from_utf8_lossy(&text[..text.len().min(Self::TAIL_LINE)]).into_owned());
        if inner.tail.len() > Self::TAIL {
            inner.tail.pop_front();
        }
        drop(inner);
        self.changed.send_replace(());
    }

    /// Says that no line will follow.
    pub(crate) fn end(&self, exit: Exit) {
        let mut inner = self.inner();
        inner.ended = Some(exit);
        inner.file = None;
        drop(inner);
        self.changed.send_replace(());
    }

    /// The last lines, at most 20.
    pub(crate) fn tail(&self, lines: usize) -> Vec<String> {
        let inner = self.inner();
        inner.tail.iter().skip(inner.tail.len().saturating_sub(lines)).cloned().collect()
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn ended(&self) -> Option<Exit> {
        self.inner().ended
    }

    /// The number of the next line.
    pub(super) fn next(&self) -> u64 {
        self.inner().next
    }

    pub(super) fn parts(&self) -> Vec<Part> {
        self.inner().parts.iter().copied().collect()
    }

    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn write(&mut self, folder: &Path, limits: Limits, stored: &[u8]) -> io::Result<()> {
        let size = stored.len() as u64;
        let full = self.parts.back().is_some_and(|part| part.bytes > 0 && part.bytes + size > limits.file_bytes);
        if self.file.is_none() || full {
            self.begin_part(folder, limits)?;
        }
        let (Some(file), Some(part)) = (&mut self.file, self.parts.back_mut()) else {
            return Err(io::Error::other("the log has no file"));
        };
        if let Err(error) = file.write_all(stored) {
            // Half a line would run into the next one.
            if file.set_len(part.bytes).is_err() {
                self.file = None;
            }
            return Err(error);
        }
        part.bytes += size;
        Ok(())
    }

    fn begin_part(&mut self, folder: &Path, limits: Limits) -> io::Result<()> {
        let part = Part { first: self.next, bytes: 0 };
        let path = folder.join(file_name(part));
        self.file = Some(OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?);
        self.parts.push_back(part);
        while self.parts.len() > limits.files {
            if let Some(oldest) = self.parts.pop_front() {
                // Whoever reads it has it open already, or meets a gap.
                let _ = fs::remove_file(folder.join(file_name(oldest)));
            }
        }
        Ok(())
    }
}

pub(super) fn file_name(part: Part) -> String {
    format!("{:020}", part.first)
}

pub(super) fn parts_in(folder: &Path) -> io::Result<VecDeque<Part>> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Some(first) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(meta) = entry.metadata() else { continue };
        parts.push(Part { first, bytes: meta.len() });
    }
    parts.sort_by_key(|part| part.first);
    Ok(parts.into())
}

/// The number of the last whole line of a file.
fn last_line(path: &Path, bytes: u64) -> Option<u64> {
    const ENOUGH: u64 = 2 * Line::LONGEST as u64;
    let mut file = File::open(path).ok()?;
    file.seek(SeekFrom::Start(bytes.saturating_sub(ENOUGH))).ok()?;
    let mut end = Vec::new();
    file.take(ENOUGH).read_to_end(&mut end).ok()?;
    let whole = &end[..=end.iter().rposition(|b| *b == b'\n')?];
    let last = whole.strip_suffix(b"\n")?.rsplit(|b| *b == b'\n').next()?;
    Line::parse(last).map(|line| line.sequence)
}
