//! How the rules write findings.

use std::time::Duration;

use eve_core::{Code, FaultOwner, Finding, Place, RetryClass, Subject, Timestamp, Verdict};

/// A terminal finding, the user's to mend, worth another try after a change.
pub(super) fn report(code: Code, place: Place, message: impl Into<String>, since: Timestamp) -> Finding {
    Finding::new(code, Subject::place(place), message, since)
}

/// How the rules say what differs from [`report`]'s defaults.
pub(super) trait Report: Sized {
    /// Terminal once it has lasted that long.
    fn grace(self, seconds: u64) -> Self;
    /// It may get better by itself.
    fn wait(self) -> Self;
    /// Whoever runs the platform has to mend it; another try may help after a pause.
    fn of_platform(self) -> Self;
    /// Whoever runs the platform has to change something.
    fn for_platform_to_change(self) -> Self;
    /// Nobody's fault: another try costs nothing.
    fn free(self) -> Self;
}

impl Report for Finding {
    fn grace(self, seconds: u64) -> Self {
        self.with_verdict(Verdict::Grace(Duration::from_secs(seconds)))
    }

    fn wait(self) -> Self {
        self.with_verdict(Verdict::Wait)
    }

    fn of_platform(self) -> Self {
        self.with_owner(FaultOwner::Platform, RetryClass::BackOff)
    }

    fn for_platform_to_change(self) -> Self {
        self.with_owner(FaultOwner::Platform, RetryClass::AfterChange)
    }

    fn free(self) -> Self {
        self.with_owner(FaultOwner::Platform, RetryClass::Free)
    }
}

/// The text between two marks.
pub(super) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let rest = &text[text.find(before)? + before.len()..];
    Some(&rest[..rest.find(after)?])
}

/// True if the text has one of these parts, in any case of its letters.
pub(super) fn mentions(text: &str, parts: &[&str]) -> bool {
    let text = text.to_lowercase();
    parts.iter().any(|part| text.contains(&part.to_lowercase()))
}
