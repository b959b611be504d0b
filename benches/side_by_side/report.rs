//! What is printed.

use super::bounds::{Bounds, Target};
use super::sample::Sample;

/// A measurement begins.
pub(crate) fn title(text: &str) {
    println!("\n{text}");
}

/// The times of one side.
pub(crate) fn side(name: &str, sample: &Sample) {
    println!("  {name:<34} {sample}");
}

/// A ratio, round by round, beside what it is to be.
pub(crate) fn ratio(name: &str, values: &[f64], target: Target) {
    if let Some(bounds) = Bounds::of(values) {
        println!("  {name:<34} {bounds}   target {target}: {}", bounds.verdict(target));
    }
}

/// A count beside what it is to be.
pub(crate) fn count(name: &str, count: usize, most: usize) {
    let verdict = if count <= most { "met" } else { "MISSED" };
    println!("  {name:<34} {count}   target at most {most}: {verdict}");
}

/// Anything else.
pub(crate) fn note(name: &str, text: &str) {
    println!("  {name:<34} {text}");
}
