//! What a process has from whoever started it.

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

/// Who may not write what is made here, unless it says more itself.
const UMASK: Mode = Mode::WGRP.union(Mode::WOTH);

/// How many files are enough. Some systems allow a thousand million, and old programs that close every
/// file that there may be would take minutes over it.
const FILES: u64 = 65_536;

/// Takes on the same limits whoever the first engine was: what runs here is every engine's.
pub(super) fn settle() {
    umask(UMASK);
    let files = getrlimit(Resource::Nofile);
    // A system may refuse its own hard limit; then what was inherited has to do.
    let most = files.maximum.unwrap_or(FILES).min(FILES);
    let enough = files.current.is_none_or(|current| current >= most);
    if !enough {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(most), ..files });
    }
}
