//! What reading logs is about.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{EnvironmentId, Exit, InstanceRef, ServiceName, Timestamp};

/// Whose logs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogSubject {
    /// Every instance of a service, those that ended among them as long as they are kept.
    Service(EnvironmentId, ServiceName),
    /// One instance.
    Instance(EnvironmentId, InstanceRef),
}

impl LogSubject {
    /// The environment that it belongs to.
    pub fn environment(&self) -> &EnvironmentId {
        match self {
            Self::Service(env, _) | Self::Instance(env, _) => env,
        }
    }
}

/// One writer of lines: an instance's incarnation and the stream that it wrote to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogSource(String);

impl LogSource {
    /// A writer by its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place in a source's lines, for going on after it. Opaque; only within one source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogCursor(String);

impl LogCursor {
    /// A place by the backend's own text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How logs are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogOptions {
    /// Wait for more after the last line, until the sources end. By default false.
    pub follow: bool,
    /// Only the last lines of each source. By default all.
    pub tail: Option<usize>,
    /// Go on after these places; a source that is not named begins at its start.
    pub after: BTreeMap<LogSource, LogCursor>,
}

impl LogOptions {
    /// Waits for more.
    pub fn with_follow(mut self, follow: bool) -> Self {
        self.follow = follow;
        self
    }

    /// Only the last lines.
    pub fn with_tail(mut self, lines: usize) -> Self {
        self.tail = Some(lines);
        self
    }

    /// Goes on after a place.
    pub fn with_after(mut self, source: LogSource, cursor: LogCursor) -> Self {
        self.after.insert(source, cursor);
        self
    }
}

/// One item of a log stream. No gap is silent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogItem {
    /// A line, without its line feed.
    Line {
        /// Who wrote it.
        source: LogSource,
        /// Its place.
        cursor: LogCursor,
        /// When it was read.
        at: Timestamp,
        /// The line.
        bytes: Bytes,
    },
    /// Lines are missing here.
    Gap {
        /// Whose.
        source: LogSource,
        /// The last line before them, where there is one.
        after: Option<LogCursor>,
        /// Why.
        cause: String,
    },
    /// The source wrote its last line.
    Ended {
        /// Who.
        source: LogSource,
        /// How it ended.
        exit: Exit,
    },
}

impl LogItem {
    /// The source that it belongs to.
    pub fn source(&self) -> &LogSource {
        match self {
            Self::Line { source, .. } | Self::Gap { source, .. } | Self::Ended { source, .. } => source,
        }
    }
}
