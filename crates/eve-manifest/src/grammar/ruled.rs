//! Texts that keep a rule.

/// Makes shapes of texts that keep a rule, which is a pattern for editors and a function for reading.
///
/// ```text
/// /// A commit.
/// Commit = "a commit", "^[0-9a-f]{40}$", is_commit, "write all of its hexadecimal digits";
/// ```
macro_rules! ruled {
    ($($(#[$doc:meta])* $name:ident = $what:literal, $pattern:literal, $rule:path, $hint:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub(crate) struct $name(pub(crate) String);

        impl $crate::grammar::Shape for $name {
            fn read(node: &$crate::tree::Node, reader: &mut $crate::grammar::Reader<'_>) -> Option<Self> {
                let text = reader.scalar(node, $what)?.into_owned().text;
                if $rule(&text) {
                    return Some(Self(text));
                }
                reader.bad_value(node, format!("`{}` is not {}", text.escape_debug(), $what), $hint)
            }

            fn schema(definitions: &mut $crate::grammar::Definitions) -> schemars::Schema {
                let text = schemars::json_schema!({
                    "title": $what, "type": ["string", "number", "boolean"], "pattern": $pattern,
                });
                $crate::grammar::or_variables(text, definitions)
            }
        }
    )*};
}
pub(crate) use ruled;
