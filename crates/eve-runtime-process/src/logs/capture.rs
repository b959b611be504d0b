//! From a pipe to lines.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use eve_core::Secret;
use tokio::io::{AsyncRead, ReadBuf};

use super::Log;
use super::line::Line;
use super::redactor::Redactor;

/// Which of its two pipes a child wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pipe {
    Out,
    Err,
}

impl Pipe {
    pub(super) fn letter(self) -> char {
        match self {
            Self::Out => 'o',
            Self::Err => 'e',
        }
    }
}

/// Splits what comes out of a pipe into lines, redacts them, and hands them to a log.
#[derive(Debug)]
pub(crate) struct Capture {
    log: Arc<Log>,
    pipe: Pipe,
    redactor: Redactor,
    pending: Vec<u8>,
    /// True until the first line begins whose beginning is not missing.
    midway: bool,
}

impl Capture {
    pub(crate) fn new(log: &Arc<Log>, pipe: Pipe, secrets: &[Secret]) -> Self {
        Self { log: Arc::clone(log), pipe, redactor: Redactor::new(secrets), pending: Vec::new(), midway: false }
    }

    /// Goes on where somebody else stopped reading. The rest of a line is left out: a secret that
    /// began before it could not be recognised in it.
    pub(crate) fn resumed(log: &Arc<Log>, pipe: Pipe, secrets: &[Secret]) -> Self {
        Self { midway: true, ..Self::new(log, pipe, secrets) }
    }

    /// Reads pipes until the last holders of their other ends close them. Where lines wait in several,
    /// those of the first come first: a program mostly says last, on standard error, why it ends.
    pub(crate) async fn run<R: AsyncRead + Unpin>(mut sources: Vec<(Self, R)>) {
        let mut chunk = vec![0; 16 * 1024];
        while !sources.is_empty() {
            let (at, read) = poll_fn(|cx| Self::poll_any(&mut sources, &mut chunk, cx)).await;
            if read == 0 {
                sources.remove(at).0.finish();
            } else {
                sources[at].0.push(&chunk[..read]);
            }
        }
    }

    /// Which source has something, and how much of the chunk it filled: nothing at its end.
    fn poll_any<R: AsyncRead + Unpin>(
        sources: &mut [(Self, R)],
        chunk: &mut [u8],
        cx: &mut Context<'_>,
    ) -> Poll<(usize, usize)> {
        for (at, (_, from)) in sources.iter_mut().enumerate() {
            let mut buffer = ReadBuf::new(chunk);
            if let Poll::Ready(read) = Pin::new(from).poll_read(cx, &mut buffer) {
                return Poll::Ready((at, read.map_or(0, |()| buffer.filled().len())));
            }
        }
        Poll::Pending
    }

    /// Writes the last line, which had no end.
    fn finish(mut self) {
        if !self.pending.is_empty() {
            self.cut_long();
            let rest = std::mem::take(&mut self.pending);
            self.write(&rest);
        }
    }

    fn push(&mut self, mut bytes: &[u8]) {
        if self.midway {
            let Some(end) = bytes.iter().position(|b| *b == b'\n') else { return };
            bytes = &bytes[end + 1..];
            self.midway = false;
        }
        let mut pieces = bytes.split(|b| *b == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            self.pending.extend_from_slice(piece);
            self.cut_long();
            if pieces.peek().is_some() {
                let line = std::mem::take(&mut self.pending);
                self.write(line.strip_suffix(b"\r").unwrap_or(&line));
            }
        }
    }

    /// Writes the beginning of a line that is too long. A cut never goes through a secret: enough
    /// is kept back to see the whole of one that begins before the cut.
    fn cut_long(&mut self) {
        while self.pending.len() > Line::LONGEST + self.redactor.longest() {
            let mut cut = Line::LONGEST;
            let mut from = cut.saturating_sub(self.redactor.longest());
            while let Some((start, end)) = self.redactor.find(&self.pending[..cut + self.redactor.longest()], from) {
                if start >= cut {
                    break;
                }
                cut = cut.max(end);
                from = end;
            }
            let rest = self.pending.split_off(cut);
            let line = std::mem::replace(&mut self.pending, rest);
            self.write(&line);
        }
    }

    fn write(&self, line: &[u8]) {
        self.log.append(self.pipe, &self.redactor.redact(line));
    }
}

#[cfg(test)]
mod tests;
