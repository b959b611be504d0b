//! Quantities in one strict grammar, on every backend.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Error, Result, codes};

/// An amount of memory or disk, in bytes.
///
/// Read from a whole or decimal number with a unit: `k m g t` and `kb mb gb tb` and `Ki Mi Gi Ti`
/// mean powers of 1024 as in Compose and Kubernetes; `b` or nothing means bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ByteSize(u64);

impl ByteSize {
    /// That many bytes.
    pub const fn bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    pub const fn as_bytes(self) -> u64 {
        self.0
    }
}

impl FromStr for ByteSize {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || malformed(text, "an amount of bytes", "write a number and a unit: 512Mi, 1.5g, 64m, 1024");
        let (number, unit) = split(text).ok_or_else(wrong)?;
        let shift = match unit {
            "" | "b" | "B" => 0,
            "k" | "K" | "kb" | "KB" | "Ki" | "KiB" => 10,
            "m" | "M" | "mb" | "MB" | "Mi" | "MiB" => 20,
            "g" | "G" | "gb" | "GB" | "Gi" | "GiB" => 30,
            "t" | "T" | "tb" | "TB" | "Ti" | "TiB" => 40,
            _ => return Err(wrong()),
        };
        scaled(number, 1_u64 << shift).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shift, unit) in [(40, "Ti"), (30, "Gi"), (20, "Mi"), (10, "Ki")] {
            if self.0 >= 1 << shift && self.0.trailing_zeros() >= shift {
                return write!(f, "{}{unit}", self.0 >> shift);
            }
        }
        write!(f, "{}", self.0)
    }
}

/// A share of processors, in thousandths of one. Read from `500m`, `0.5` or `2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MilliCpu(u32);

impl MilliCpu {
    /// That many thousandths.
    pub const fn new(millis: u32) -> Self {
        Self(millis)
    }

    /// The number of thousandths.
    pub const fn as_millis(self) -> u32 {
        self.0
    }
}

impl FromStr for MilliCpu {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || malformed(text, "a share of processors", "write 500m, 0.5 or 2");
        let (number, unit) = split(text).ok_or_else(wrong)?;
        let scale = match unit {
            "m" => 1,
            "" => 1000,
            _ => return Err(wrong()),
        };
        scaled(number, scale).and_then(|n| u32::try_from(n).ok()).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for MilliCpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}m", self.0)
    }
}

/// Reads a duration: one or more of a number and `h`, `m`, `s`, `ms` or `us`, from large to small
/// (`1h30m`, `1.5s`, `500ms`).
///
/// # Errors
/// `unit.malformed`.
pub fn parse_duration(text: &str) -> Result<Duration> {
    let wrong = || malformed(text, "a duration", "write a number with a unit: 500ms, 30s, 1h30m");
    let mut rest = text;
    let mut total: u64 = 0;
    let mut last = u64::MAX;
    while !rest.is_empty() {
        let (number, after) = split(rest).ok_or_else(wrong)?;
        let length = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at(length);
        let micros: u64 = match unit {
            "h" => 3_600_000_000,
            "m" => 60_000_000,
            "s" => 1_000_000,
            "ms" => 1000,
            "us" => 1,
            _ => return Err(wrong()),
        };
        if micros >= last {
            return Err(wrong());
        }
        last = micros;
        total = scaled(number, micros).and_then(|n| total.checked_add(n)).ok_or_else(wrong)?;
        rest = next;
    }
    if text.is_empty() { Err(wrong()) } else { Ok(Duration::from_micros(total)) }
}

/// Splits `1.5g` into `1.5` and `g`. None if there is no number in front.
fn split(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number = &text[..end];
    let well_formed = number.bytes().next().is_some_and(|b| b.is_ascii_digit())
        && !number.ends_with('.')
        && number.bytes().filter(|b| *b == b'.').count() <= 1;
    well_formed.then(|| (number, &text[end..]))
}

/// `number × scale`, exactly; None if that is no whole number or does not fit.
fn scaled(number: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 9 {
        return None;
    }
    let ten = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let product = digits.checked_mul(u128::from(scale))?;
    (product % ten == 0).then(|| u64::try_from(product / ten).ok())?
}

fn malformed(text: &str, what: &str, hint: &str) -> Error {
    Error::invalid(codes::UNIT_MALFORMED, format!("{text:?} is not {what}")).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_exactly() {
        for (text, bytes) in [("512Mi", 512 << 20), ("1.5g", 3 << 29), ("64m", 64 << 20), ("100", 100), ("0", 0)] {
            assert_eq!(text.parse::<ByteSize>().unwrap().as_bytes(), bytes, "{text}");
        }
        for bad in ["", "g", "1.g", ".5g", "1..5g", "-1", "1 g", "1x", "1e3", "0.3b", "99999999999t", "१g"] {
            assert!(bad.parse::<ByteSize>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn processors_are_read_exactly() {
        for (text, millis) in [("500m", 500), ("0.5", 500), ("2", 2000)] {
            assert_eq!(text.parse::<MilliCpu>().unwrap().as_millis(), millis, "{text}");
        }
        for bad in ["", "0.0001", "1k", "0.5m"] {
            assert!(bad.parse::<MilliCpu>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn durations_go_from_large_to_small() {
        for (text, millis) in [("1h30m", 5_400_000), ("1.5s", 1500), ("500ms", 500), ("2m", 120_000), ("0s", 0)] {
            assert_eq!(parse_duration(text).unwrap(), Duration::from_millis(millis), "{text}");
        }
        for bad in ["", "5", "s", "1s1h", "1s1s", "1d", "-1s", "1 s"] {
            assert!(parse_duration(bad).is_err(), "{bad:?}");
        }
    }
}
