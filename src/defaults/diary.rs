//! What a supervisor has to say.

use std::io::{self, Write};
use std::os::fd::AsFd as _;

use rustix::fs::{fstat, ftruncate};
use tracing::level_filters::LevelFilter;

/// Standard error, which is the file `supervisor/log` in a supervisor. It is emptied when it is
/// full: a supervisor lives long, and what it said last is what matters.
#[derive(Debug)]
struct Diary;

impl Diary {
    const FULL: i64 = 1_000_000;
}

impl Write for Diary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut stderr = io::stderr();
        if fstat(stderr.as_fd()).is_ok_and(|file| file.st_size > Self::FULL) {
            // What is no file has no size, and what cannot be emptied grows.
            let _ = ftruncate(stderr.as_fd(), 0);
        }
        stderr.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Lets this process write its warnings down.
pub(super) fn begin() {
    let diary = tracing_subscriber::fmt().with_max_level(LevelFilter::WARN).with_ansi(false).with_writer(|| Diary);
    // Another one is there only if the program installed it before it called the hook.
    let _ = diary.try_init();
}
