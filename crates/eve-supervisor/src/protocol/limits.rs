//! How much of everything there may be.

use std::time::Duration;

/// The bytes of a frame, without its length.
pub(crate) const FRAME: usize = 16 << 20;

/// The clients of a supervisor.
pub(crate) const CONNECTIONS: usize = 64;

/// The calls of one connection that are not answered yet.
pub(crate) const CALLS: usize = 256;

/// The open streams of one connection.
pub(crate) const STREAMS: usize = 1024;

/// The items that a stream may send before its client asks for more.
pub(crate) const CREDIT: u32 = 64;

/// The frames with a body that wait to be written to one connection.
pub(crate) const OUTGOING: usize = 64;

/// How long a handshake may take, and how long nothing more may come of a frame that has begun.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
