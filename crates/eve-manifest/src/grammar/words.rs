//! Values that are one of a few words.

/// Makes an enum of words: a shape that reads them, suggests the nearest, and lists them in the
/// schema. A variant may have several words.
macro_rules! words {
    ($(#[doc = $doc:literal])+ $name:ident { $($variant:ident = $word:literal $(| $other:literal)*;)+ }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($variant),+ }

        impl $name {
            pub(crate) const WORDS: &'static [&'static str] = &[$($word $(, $other)*),+];
        }

        impl $crate::grammar::Shape for $name {
            fn read(node: &$crate::tree::Node, reader: &mut $crate::grammar::Reader<'_>) -> Option<Self> {
                match reader.scalar(node, "one word")?.text.as_str() {
                    $($word $(| $other)* => Some(Self::$variant),)+
                    wrong => {
                        let note = $crate::problem::Note::error(
                            $crate::codes::BAD_VALUE,
                            node.span,
                            format!("`{}` is not allowed here", wrong.escape_debug()),
                        );
                        let hint = reader.report.suggest(wrong, Self::WORDS.iter().copied());
                        reader.report.add(note.maybe_hint(hint));
                        None
                    }
                }
            }

            fn schema(definitions: &mut $crate::grammar::Definitions) -> schemars::Schema {
                $crate::grammar::or_variables(schemars::json_schema!({ "enum": Self::WORDS }), definitions)
            }
        }
    };
}
pub(crate) use words;
