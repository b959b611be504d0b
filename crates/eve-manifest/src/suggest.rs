//! The nearest of the names that are allowed.

/// What to do about a name that is not allowed: the nearest one, or a list of all.
pub(crate) fn suggest<'a>(wrong: &str, allowed: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let allowed: Vec<&str> = allowed.into_iter().collect();
    if let Some(near) = nearest(wrong, allowed.iter().copied()) {
        return Some(did_you_mean(near));
    }
    (!allowed.is_empty()).then(|| format!("allowed: {}", listed(&allowed)))
}

/// Names as far as there are not too many.
pub(crate) fn listed(names: &[&str]) -> String {
    match names.len() {
        0..=12 => names.join(", "),
        n => format!("{} and {} more", names[..12].join(", "), n - 12),
    }
}

pub(crate) fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

/// Only so many names are compared.
const COMPARED: usize = 1_000;

/// The allowed name that was probably meant.
pub(crate) fn nearest<'a>(wrong: &str, allowed: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The distance is quadratic in length, and no key is longer than this.
    if wrong.len() > 64 {
        return None;
    }
    let lower = wrong.to_ascii_lowercase();
    let reach = (wrong.chars().count() / 3).clamp(1, 3);
    allowed
        .into_iter()
        .take(COMPARED)
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_ascii_lowercase()), name))
        .filter(|(distance, _)| *distance <= reach)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        assert_eq!(suggest("imgae", ["image", "build"]).unwrap(), "did you mean `image`?");
        assert_eq!(suggest("dependsOn", ["depends_on", "build"]).unwrap(), "did you mean `depends_on`?");
    }

    #[test]
    fn a_name_like_no_other_gets_the_list() {
        assert_eq!(suggest("zzz", ["image", "build"]).unwrap(), "allowed: image, build");
        assert_eq!(suggest("zzz", []), None);
        assert_eq!(suggest(&"i".repeat(10_000), ["image"]).unwrap(), "allowed: image");
    }
}
