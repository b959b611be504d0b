//! The codes of this language's problems, by the layer that finds them. What the vocabulary refuses has the vocabulary's own
//! ([`eve_core::codes`]): a name, an image, a quantity.

use eve_core::Code;

macro_rules! codes {
    ($($name:ident = $text:literal, $means:literal;)*) => {
        $(#[doc = $means] pub const $name: Code = Code::new($text);)*

        /// All codes, each with what it means.
        pub const ALL: &[(Code, &str)] = &[$(($name, $means),)*];
    };
}

codes! {
    SYNTAX = "yaml.syntax", "The text is not YAML.";
    TAG = "yaml.tag", "A YAML tag asks for a type that the language does not have.";
    DUPLICATE_KEY = "yaml.duplicate_key", "A key stands twice in one mapping.";
    CYCLIC_ALIAS = "yaml.cyclic_alias", "A YAML alias repeats a value that it is a part of.";
    SIZE_LIMIT = "yaml.size_limit", "The text has more bytes or values than the reader allows.";
    DEPTH_LIMIT = "yaml.depth_limit", "Lists and mappings stand deeper inside each other than the reader allows.";
    EXPANSION_LIMIT = "yaml.expansion_limit", "Aliases repeat more values than the reader allows.";
    KEY_LIMIT = "yaml.key_limit", "A mapping has more keys than the reader allows.";
    DOCUMENT_LIMIT = "yaml.document_limit", "The text is more than one document.";
    CHARSET = "name.charset", "A character is not allowed: it is invisible, steers a terminal, changes the direction of the text, or is none at all.";
    NAME_CHANGED = "name.changed", "A name breaks the rules of its kind and was replaced by one that keeps them.";
    NAME_COLLISION = "name.collision", "Two names are, or become, the same.";
    UNSET = "interp.unset", "A variable has no value.";
    REFERENCE = "interp.malformed", "What stands between the braces cannot be read.";
    DEPTH = "interp.depth", "Defaults of variables stand deeper inside each other than the reader allows.";
    NOT_INTERPOLATED = "interp.literal", "A text looks like an interpolation, and nothing is filled in there.";
    OUTSIDE = "path.outside_project", "A path leads out of the project.";
    CONTEXT_ESCAPE = "build.context_escape", "What an image is built from lies outside of the project.";
    MORE = "manifest.more", "There are more problems than are listed.";
    UNKNOWN_KEY = "manifest.unknown_key", "The language has no such key at this place.";
    WRONG_TYPE = "manifest.wrong_type", "A value is of another type than its key asks for.";
    MISSING_KEY = "manifest.missing_key", "A key that is needed is not there.";
    BAD_VALUE = "manifest.bad_value", "A value is of the right type and cannot be meant.";
    CONFLICT = "manifest.conflict", "Two keys say the same thing, or contradict each other.";
    UNKNOWN_REFERENCE = "manifest.unknown_reference", "Something is named that the manifest does not declare.";
    CYCLE = "manifest.cycle", "Services or steps wait for each other in a circle.";
    UNSUPPORTED = "manifest.unsupported", "The language has this, this version cannot honour it, and ignoring it would be wrong.";
    UNKNOWN_FOLDER = "manifest.unknown_folder", "A path is relative to the project's folder, and nobody said where that is.";
    NOT_FOUND = "manifest.not_found", "A file of the manifest is not where it is looked for.";
    UNREADABLE = "manifest.unreadable", "A file of the manifest is there, and cannot be read.";
    NOT_USED = "manifest.not_used", "The language has this key, and this version does nothing with it.";
    CARRIED = "manifest.carried", "The language has this key for others: its value is kept as it is written, and nothing is done with it here.";
    RENAMED = "manifest.renamed", "A key stands under an older spelling.";
    UNTAGGED = "manifest.untagged", "An image has neither a tag nor a digest, so that which one is meant changes with time.";
    NEVER_RUN = "manifest.never_run", "No pipeline of an environment runs this job.";
    NEVER_BUILT = "manifest.never_built", "A service is built, and the steps that build for an environment leave it out.";
    WITHOUT_BUILD = "manifest.without_build", "A step needs a service that is built, and no step before it builds anything.";
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
            let (layer, _) = code.as_str().split_once('.').unwrap();
            assert!(["yaml", "name", "interp", "path", "build", "manifest"].contains(&layer), "{code}");
            assert!(eve_core::codes::ALL.iter().all(|(known, _)| known != code), "{code} is the vocabulary's");
        }
    }

    #[test]
    fn a_code_explains_itself() {
        assert!(explanation(&CYCLE).is_some());
        assert_eq!(explanation(&eve_core::codes::NAME_INVALID), None);
    }
}
