//! The codes of this language's problems.

use eve_core::Code;

macro_rules! codes {
    ($($name:ident = $text:literal, $means:literal;)*) => {
        $(#[doc = $means] pub const $name: Code = Code::new($text);)*

        /// All codes, each with what it means.
        pub const ALL: &[(Code, &str)] = &[$(($name, $means),)*];
    };
}

codes! {
    SYNTAX = "manifest.syntax", "The text is not YAML.";
    CHARACTER = "manifest.character", "A character is not allowed: it is invisible or changes the direction of the text.";
    TAG = "manifest.tag", "A YAML tag asks for a type that the language does not have.";
    LIMIT = "manifest.limit", "The text is larger, deeper or more repetitive than the reader allows.";
    DUPLICATE_KEY = "manifest.duplicate_key", "A key stands twice in one mapping.";
    CYCLIC_ALIAS = "manifest.cyclic_alias", "A YAML alias repeats a value that it is a part of.";
    UNKNOWN_KEY = "manifest.unknown_key", "The language has no such key at this place.";
    WRONG_TYPE = "manifest.wrong_type", "A value is of another type than its key asks for.";
    MISSING_KEY = "manifest.missing_key", "A key that is needed is not there.";
    BAD_VALUE = "manifest.bad_value", "A value is of the right type and cannot be meant.";
    CONFLICT = "manifest.conflict", "Two keys say the same thing, or contradict each other.";
    UNKNOWN_REFERENCE = "manifest.unknown_reference", "Something is named that the manifest does not declare.";
    CYCLE = "manifest.cycle", "Services or steps wait for each other in a circle.";
    UNSUPPORTED = "manifest.unsupported", "The language has this, this version cannot honour it, and ignoring it would be wrong.";
    UNKNOWN_FOLDER = "manifest.unknown_folder", "A path is relative to the project's folder, and nobody said where that is.";
    UNRESOLVED_VARIABLE = "manifest.unresolved_variable", "An interpolation has no value.";
    NOT_USED = "manifest.not_used", "The language has this key, and this version does nothing with it.";
    CARRIED = "manifest.carried", "The language has this key for others: its value is kept as it is written, and nothing is done with it here.";
    RENAMED = "manifest.renamed", "A key stands under an older spelling.";
    NOT_INTERPOLATED = "manifest.not_interpolated", "A text looks like an interpolation, and nothing is filled in there.";
    NAME_CHANGED = "manifest.name_changed", "A name breaks the rules of its kind and was replaced by one that keeps them.";
    NAME_COLLISION = "manifest.name_collision", "Two names are, or become, the same.";
    NEVER_RUN = "manifest.never_run", "No pipeline runs this job.";
}

/// What a code of this crate means.
pub fn explanation(code: &Code) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| known == code).map(|(_, means)| *means)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_unique_and_of_this_language() {
        let mut seen = BTreeSet::new();
        for (code, _) in ALL {
            assert!(seen.insert(code.as_str()), "{code} stands twice");
            assert!(code.as_str().starts_with("manifest."), "{code}");
        }
    }

    #[test]
    fn a_code_explains_itself() {
        assert!(explanation(&CYCLE).is_some());
        assert_eq!(explanation(&eve_core::codes::NAME_INVALID), None);
    }
}
