//! Mappings with a fixed set of keys.

/// Makes a struct, its table of keys and its shape from one list.
///
/// What holds where a key is not said stands behind `else`, and what holds in a file without a schema behind `or`.
/// `extensible` lets keys that begin with `x-` pass. An older spelling of a key (`formerly`) is read, with a warning that
/// says what to write. Keys that are `carried` are kept as they are written, for whoever knows what to do with them, and
/// reported; `as` says what they look like. Those that are `checked` are only read: whoever has the mapping keeps it as a
/// whole, or reports what becomes of it. Those of `not_used` are reported as warnings, those of `unsupported` as errors
/// with their doc as the hint.
macro_rules! mapping {
    (
        $(#[doc = $about:literal])+
        $name:ident = $kind:literal $($extensible:ident)? {
            $($(#[doc = $doc:literal])+ $field:ident: $type:ty = $key:literal $(| $alias:literal)* $(formerly $old:literal)? $(else $default:literal $(or $plain:literal)?)? $(, $required:ident)?;)*
        }
        $(carried { $($kept:literal $(as $kept_type:ty)?: $kept_doc:literal;)* })?
        $(checked { $($seen:literal $(| $seen_alias:literal)* as $seen_type:ty $(, $seen_required:ident)?: $seen_doc:literal;)* })?
        $(not_used { $($unused:literal: $unused_doc:literal;)* })?
        $(unsupported { $($refused:literal: $refused_doc:literal;)* })?
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Default)]
        pub(crate) struct $name {
            $($(#[doc = $doc])+ pub(crate) $field: Option<$crate::grammar::At<$type>>,)*
            carried: Vec<$crate::grammar::Carried>,
            said: $crate::grammar::Said,
        }

        impl $crate::grammar::Mapping for $name {
            const TABLE: &'static $crate::grammar::Table = &$crate::grammar::Table {
                name: $kind,
                doc: concat!($($about),+).trim_ascii_start(),
                extensible: $crate::grammar::mapping!(@is $($extensible)?),
                fields: &[
                    $($crate::grammar::Field {
                        key: $key,
                        aliases: &[$($alias),*],
                        formerly: $crate::grammar::mapping!(@old $($old)?),
                        doc: concat!($($doc),+).trim_ascii_start(),
                        default: $crate::grammar::mapping!(@default $($default $($plain)?)?),
                        required: $crate::grammar::mapping!(@is $($required)?),
                        usage: $crate::grammar::Usage::Used,
                        look: None,
                        schema: <$type as $crate::grammar::Shape>::schema,
                    },)*
                    $($($crate::grammar::mapping!(@known $kept [], $kept_doc, Carried, [$($kept_type)?], []),)*)?
                    $($($crate::grammar::mapping!(@known $seen [$($seen_alias),*], $seen_doc, Checked, [$seen_type], [$($seen_required)?]),)*)?
                    $($($crate::grammar::mapping!(@known $unused [], $unused_doc, NotUsed, [], []),)*)?
                    $($($crate::grammar::mapping!(@known $refused [], $refused_doc, Unsupported, [], []),)*)?
                ],
            };

            fn said(&self) -> &$crate::grammar::Said {
                &self.said
            }

            fn carried(&self) -> &[$crate::grammar::Carried] {
                &self.carried
            }
        }

        impl $crate::grammar::Shape for $name {
            fn read(node: &$crate::tree::Node, reader: &mut $crate::grammar::Reader<'_>) -> Option<Self> {
                let mut slots = <Self as $crate::grammar::Mapping>::TABLE.open(node, reader)?;
                let said = slots.said();
                // The fields are written, and so evaluated, in the order of the table.
                Some(Self { $($field: slots.take(reader),)* carried: slots.rest(<Self as $crate::grammar::Mapping>::TABLE, reader), said })
            }

            fn schema(definitions: &mut $crate::grammar::Definitions) -> schemars::Schema {
                definitions.subschema_for::<Self>()
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $kind.replace(' ', "-").into()
            }

            fn json_schema(definitions: &mut $crate::grammar::Definitions) -> schemars::Schema {
                <Self as $crate::grammar::Mapping>::TABLE.schema(definitions)
            }
        }
    };
    (@is) => { false };
    (@is $flag:ident) => { true };
    (@default) => { None };
    (@default $default:literal) => { $crate::grammar::mapping!(@default $default $default) };
    (@default $default:literal $plain:literal) => {
        Some($crate::grammar::Unsaid { value: stringify!($default), plain: stringify!($plain) })
    };
    (@old) => { None };
    (@old $old:literal) => { Some($old) };
    (@known $key:literal [$($alias:literal),*], $doc:literal, $usage:ident, [], [$($required:ident)?]) => {
        $crate::grammar::mapping!(@known $key [$($alias),*], $doc, $usage, [$crate::grammar::Any], [$($required)?])
    };
    (@known $key:literal [$($alias:literal),*], $doc:literal, $usage:ident, [$type:ty], [$($required:ident)?]) => {
        $crate::grammar::Field {
            key: $key,
            aliases: &[$($alias),*],
            formerly: None,
            doc: $doc,
            default: None,
            required: $crate::grammar::mapping!(@is $($required)?),
            usage: $crate::grammar::Usage::$usage,
            look: Some($crate::grammar::look::<$type>),
            schema: <$type as $crate::grammar::Shape>::schema,
        }
    };
}
pub(crate) use mapping;
