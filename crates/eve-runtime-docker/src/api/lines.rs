//! Reading what a container wrote.

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptionsBuilder;
use bytes::Bytes;
use eve_core::Result;
use futures_util::stream::{BoxStream, StreamExt as _};

use super::daemon::Daemon;
use super::failure::failure;

/// One line as the engine keeps it: its time in nanoseconds since 1970, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawLine {
    pub(crate) at: i128,
    pub(crate) bytes: Bytes,
    /// False if the engine took it for too long: it goes on in the next one of the same stream.
    pub(crate) whole: bool,
    pub(crate) stream: LineStream,
}

/// What a line was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LineStream {
    Output,
    Errors,
}

impl Daemon {
    /// What a container wrote from a second on (0 is the beginning), at most the last `tail` lines,
    /// and more as it comes if it is followed.
    pub(crate) fn lines(
        &self,
        container: &str,
        since: i32,
        tail: Option<usize>,
        follow: bool,
    ) -> Result<BoxStream<'static, Result<RawLine>>> {
        let tail = tail.map_or_else(|| "all".to_owned(), |lines| lines.to_string());
        let options = LogsOptionsBuilder::new()
            .stdout(true)
            .stderr(true)
            .timestamps(true)
            .since(since)
            .tail(&tail)
            .follow(follow)
            .build();
        let what = format!("what container {container} wrote cannot be read");
        let lines = self
            .docker()?
            .clone()
            .logs(container, Some(options))
            .map(move |told| told.map(RawLine::of).map_err(|cause| failure(what.clone(), cause)));
        Ok(lines.boxed())
    }
}

impl RawLine {
    fn of(output: LogOutput) -> Self {
        let stream = if matches!(output, LogOutput::StdErr { .. }) { LineStream::Errors } else { LineStream::Output };
        let bytes = output.into_bytes();
        let whole = bytes.ends_with(b"\n");
        let bytes = bytes.slice(..bytes.len() - usize::from(whole));
        let space = bytes.iter().position(|b| *b == b' ').unwrap_or(bytes.len());
        match std::str::from_utf8(&bytes[..space]).ok().and_then(crate::clock::nanoseconds) {
            Some(at) => Self { at, bytes: bytes.slice((space + 1).min(bytes.len())..), whole, stream },
            None => Self { at: 0, bytes, whole, stream },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_from_its_time() {
        for (text, at, line) in [
            ("1970-01-01T00:00:01.000000002Z hello world\n", 1_000_000_002, "hello world"),
            ("1970-01-01T00:00:00Z \n", 0, ""),
            ("1970-01-01T00:00:00Z\n", 0, ""),
            ("no time\n", 0, "no time"),
        ] {
            let raw = RawLine::of(LogOutput::StdOut { message: Bytes::from(text) });
            assert_eq!((raw.at, &*raw.bytes), (at, line.as_bytes()), "{text:?}");
        }
    }
}
