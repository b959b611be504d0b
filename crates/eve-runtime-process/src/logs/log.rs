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
        let last = parts.back().map(|part| last_lines(&folder.join(file_name(*part)), part.bytes));
        let last = last.and_then(Result::ok).unwrap_or_default();
        let next = match (last.last(), parts.back()) {
            (Some(line), _) => line.sequence.saturating_add(1),
            (None, Some(part)) => part.first,
            (None, None) => 1,
        };
        let said = last.iter().filter(|line| !line.missing);
        let mut tail: VecDeque<_> = said.map(|line| tail_line(&line.bytes)).collect();
        tail.drain(..tail.len().saturating_sub(Self::TAIL));
        let inner = Inner { parts, file: None, next, tail, ended: None, failing: false };
        Ok(Self { folder: folder.to_owned(), limits, inner: Mutex::new(inner), changed: watch::channel(()).0 })
    }

    /// Adds a line. If it cannot be written, its number is lost, and readers meet a gap.
    pub(crate) fn append(&self, pipe: Pipe, text: &[u8]) {
        let mut inner = self.inner();
        self.write(&mut inner, Some(pipe), text);
        inner.tail.push_back(tail_line(text));
        if inner.tail.len() > Self::TAIL {
            inner.tail.pop_front();
        }
        drop(inner);
        self.changed.send_replace(());
    }

    /// Says that lines may be missing here. Readers meet a gap with this cause.
    pub(crate) fn gap(&self, cause: &str) {
        self.write(&mut self.inner(), None, cause.as_bytes());
        self.changed.send_replace(());
    }

    fn write(&self, inner: &mut Inner, pipe: Option<Pipe>, text: &[u8]) {
        let stored = Line::encode(inner.next, clock::now(), pipe, text);
        let written = inner.write(&self.folder, self.limits, &stored);
        if let Err(error) = &written
            && !inner.failing
        {
            tracing::warn!(log = %self.folder.display(), %error, "lines of a child cannot be written");
        }
        inner.failing = written.is_err();
        inner.next += 1;
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
        if full || self.parts.is_empty() {
            self.begin_part(folder, limits)?;
        } else if self.file.is_none() {
            self.resume_part(folder)?;
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

    /// Goes on in the last file, without the half line that a killed writer left.
    fn resume_part(&mut self, folder: &Path) -> io::Result<()> {
        let Some(part) = self.parts.back_mut() else { return Ok(()) };
        let path = folder.join(file_name(*part));
        let file = OpenOptions::new().append(true).open(&path)?;
        let whole = end_of_lines(&path, file.metadata()?.len())?;
        file.set_len(whole)?;
        part.bytes = whole;
        self.file = Some(file);
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

fn tail_line(text: &[u8]) -> String {
    String::from_utf8_lossy(&text[..text.len().min(Log::TAIL_LINE)]).into_owned()
}

/// The last whole lines of a file: at least one, if there is one.
fn last_lines(path: &Path, bytes: u64) -> io::Result<Vec<Line>> {
    let end = last_bytes(path, bytes)?;
    let lines = end.split_inclusive(|b| *b == b'\n').filter_map(|line| Line::parse(line.strip_suffix(b"\n")?));
    Ok(lines.collect())
}

/// Where the last whole line of a file ends.
fn end_of_lines(path: &Path, bytes: u64) -> io::Result<u64> {
    let end = last_bytes(path, bytes)?;
    let half = end.iter().rev().take_while(|b| **b != b'\n').count();
    Ok(bytes.saturating_sub(half as u64))
}

/// Enough of a file's end to hold a whole line.
fn last_bytes(path: &Path, bytes: u64) -> io::Result<Vec<u8>> {
    const ENOUGH: u64 = 2 * Line::LONGEST as u64;
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(bytes.saturating_sub(ENOUGH)))?;
    let mut end = Vec::new();
    file.take(ENOUGH).read_to_end(&mut end)?;
    Ok(end)
}
