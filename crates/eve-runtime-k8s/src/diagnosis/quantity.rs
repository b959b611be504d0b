//! Amounts as the cluster writes them.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// An amount in billionths, so that `100m` and `64Mi` are both exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Amount(i128);

impl Amount {
    const ONE: i128 = 1_000_000_000;

    /// Reads an amount; none if it is not one.
    pub(super) fn parse(quantity: &Quantity) -> Option<Self> {
        let text = quantity.0.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '+' | '-')).unwrap_or(text.len());
        let (number, suffix) = text.split_at(end);
        let scale = match suffix {
            "n" => 1,
            "u" => 1_000,
            "m" => 1_000_000,
            "" => Self::ONE,
            "k" => Self::ONE * 1_000,
            "M" => Self::ONE * 1_000_000,
            "G" => Self::ONE * 1_000_000_000,
            "T" => Self::ONE * 1_000_000_000_000,
            "P" => Self::ONE * 1_000_000_000_000_000,
            "E" => Self::ONE * 1_000_000_000_000_000_000,
            "Ki" => Self::ONE << 10,
            "Mi" => Self::ONE << 20,
            "Gi" => Self::ONE << 30,
            "Ti" => Self::ONE << 40,
            "Pi" => Self::ONE << 50,
            "Ei" => Self::ONE << 60,
            exponent => {
                let power: u32 = exponent.strip_prefix(['e', 'E'])?.trim_start_matches('+').parse().ok()?;
                Self::ONE.checked_mul(10i128.checked_pow(power)?)?
            }
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let whole = if whole.is_empty() { 0 } else { whole.parse::<i128>().ok()? };
        let mut amount = whole.checked_mul(scale)?;
        let mut digit = scale;
        for c in part.chars() {
            digit /= 10;
            amount = amount.checked_add(i128::from(c.to_digit(10)?) * digit)?;
        }
        Some(Self(amount))
    }

    /// The sum of both.
    pub(super) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// True if it is nothing.
    pub(super) fn is_zero(self) -> bool {
        self.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Option<Amount> {
        Amount::parse(&Quantity(text.to_owned()))
    }

    #[test]
    fn amounts_of_every_suffix_compare() {
        for (small, large) in [("100m", "1"), ("1.5", "1501m"), ("1000Ki", "1Mi"), ("1G", "1Gi"), ("12e3", "13k")] {
            assert!(amount(small).unwrap() < amount(large).unwrap(), "{small} {large}");
        }
        assert_eq!(amount("0.5Gi"), amount("512Mi"));
        assert_eq!(amount("nonsense"), None);
    }
}
