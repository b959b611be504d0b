//! Figures that are shown however a test ends.

/// Writes a line to standard output itself: what a test prints is only shown where it fails, and the
/// figures count where it passes.
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        // Nobody reads any more where this fails.
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}
