//! Whether an engine has thrown lines away.

use eve_core::Result;
use futures_util::StreamExt as _;

use super::log_reader::Written;
use crate::api::{Daemon, RawLine};

/// What the engine writes around each line: keys, quotes, the stream's name and the time.
const AROUND: u64 = 70;

/// True if so much is kept that earlier lines may have been thrown away: the engine does not tell, and
/// throws the oldest file away when the last one of those that it may keep is full.
pub(super) async fn may_have_dropped(daemon: &Daemon, written: &Written) -> Result<bool> {
    let (files, bytes) = written.kept;
    let full = u64::from(files.saturating_sub(1).max(1)).saturating_mul(bytes);
    let mut kept = 0_u64;
    let mut lines = daemon.lines(&written.container, 0, None, false)?;
    while let Some(line) = lines.next().await {
        kept = kept.saturating_add(stored(&line?));
        if kept >= full {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many bytes a line takes in a file at least.
fn stored(line: &RawLine) -> u64 {
    u64::try_from(line.bytes.len()).unwrap_or(u64::MAX).saturating_add(AROUND)
}
