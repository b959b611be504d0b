//! The features of the facade.

use crate::failure::{Failure, Result};
use crate::workspace;

/// The names of the facade's features, `default` left out.
pub(crate) fn of_facade() -> Result<Vec<String>> {
    let names = names(&workspace::read("Cargo.toml")?);
    if names.is_empty() { Err(Failure::new("the root Cargo.toml lists no features")) } else { Ok(names) }
}

/// The keys of the table `[features]`. A value may go on over several lines.
fn names(manifest: &str) -> Vec<String> {
    manifest
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "[features]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with(['#', '"', ']']))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim().trim_matches('"').to_owned())
        .filter(|name| name != "default")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_features_table_are_read_and_nothing_else() {
        let manifest = "[package]\nname = \"x\"\n[features]\ndefault = [\"a\"]\n## Says a = b.\na = []\nb = [\n    \"dep:c\",\n]\n\n[dependencies]\nd = \"1\"\n";
        assert_eq!(names(manifest), ["a", "b"]);
    }
}
