//! What is measured.

use std::hint::black_box;
use std::time::{Duration, Instant};

use eve_core::{OrgName, ProjectName};
use eve_manifest::{Limits, Lowered, Manifest, Problems, Target, Text};
use saphyr_parser::{Parser, ScanError};

use crate::Result;

/// Room for more services than the default bounds let in.
pub(crate) fn wide() -> Limits {
    Limits::new(16 << 20, 64, 1_000_000)
}

/// Everything that is done to a manifest: it is parsed, checked, filled in and lowered.
pub(crate) fn resolve(text: &str, limits: &Limits, target: &Target) -> std::result::Result<Lowered, Problems> {
    Manifest::resolve(Text { file: "compose.yaml", text }, limits, target)
}

/// For whom.
pub(crate) fn target() -> Result<Target> {
    Ok(Target::new(OrgName::new("acme")?).with_project(ProjectName::new("bench")?))
}

/// The events of a text and nothing else: how many there are.
pub(crate) fn events(text: &str) -> std::result::Result<usize, ScanError> {
    let mut count = 0;
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        black_box(event?);
        count += 1;
    }
    Ok(count)
}

/// How long something takes, and what comes of it. What that holds is dropped afterwards.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begin = Instant::now();
    let done = black_box(work());
    (begin.elapsed(), done)
}
