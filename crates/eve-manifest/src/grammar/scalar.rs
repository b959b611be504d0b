//! Shapes of single values.

use std::time::Duration;

use schemars::{Schema, json_schema};

use super::{Definitions, Reader, Shape, or_variables};
use crate::codes;
use crate::problem::Note;
use crate::tree::{Kind, Node};

/// A value that is taken as it is: nothing is done with it.
#[derive(Debug, Clone)]
pub(crate) struct Any;

impl Shape for Any {
    fn read(_: &Node, _: &mut Reader<'_>) -> Option<Self> {
        Some(Self)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json_schema!({})
    }
}

/// A value that is kept as it is written and read later.
impl Shape for Node {
    fn read(node: &Node, _: &mut Reader<'_>) -> Option<Self> {
        Some(node.clone())
    }

    fn schema(_: &mut Definitions) -> Schema {
        json_schema!({})
    }
}

/// Text as it is written; a number or boolean where text is meant is the text of it.
impl Shape for String {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        reader.scalar(node, "text").map(|scalar| scalar.into_owned().text)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json_schema!({ "title": "text", "type": ["string", "number", "boolean"] })
    }
}

/// Text for people: whatever stands in it means nothing.
#[derive(Debug, Clone)]
pub(crate) struct Prose(pub(crate) String);

impl Shape for Prose {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        reader.written(node, "text").map(|scalar| Self(scalar.text.clone()))
    }

    fn schema(_: &mut Definitions) -> Schema {
        json_schema!({ "title": "text for people", "type": ["string", "number", "boolean"], "x-eve-filled-in": false })
    }
}

impl Shape for bool {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let scalar = reader.scalar(node, "true or false")?;
        let meant = match (scalar.kind(), &*scalar.text.to_ascii_lowercase()) {
            (Kind::Bool(value), _) => return Some(value),
            (_, "true" | "yes" | "on" | "y") => "true",
            (_, "false" | "no" | "off" | "n") => "false",
            _ => return reader.wrong_type(node, "true or false"),
        };
        let text = format!("expected true or false, found {}", node.describe());
        reader
            .report
            .add(Note::error(codes::WRONG_TYPE, node.span, text).hint(format!("write {meant}, without quotes")));
        None
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        or_variables(json_schema!({ "title": "true or false", "type": "boolean" }), definitions)
    }
}

macro_rules! whole_numbers {
    ($($type:ident, $least:literal, $most:literal;)*) => {$(
        impl Shape for $type {
            fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
                let kind = reader.scalar(node, "a whole number")?.kind();
                let Kind::Integer(number) = kind else { return reader.wrong_type(node, "a whole number") };
                match $type::try_from(number) {
                    Ok(value) if ($least..=$most).contains(&number) => Some(value),
                    _ => reader.bad_value(node, format!("{number} is out of range"), concat!("use ", $least, " to ", $most)),
                }
            }

            fn schema(definitions: &mut Definitions) -> Schema {
                let title = concat!("a whole number up to ", $most);
                let number = json_schema!({ "title": title, "type": "integer", "minimum": $least, "maximum": $most });
                or_variables(number, definitions)
            }
        }
    )*};
}

whole_numbers! {
    u16, 1, 65_535;
    u32, 0, 100_000;
}

/// A duration: `30s`, `1h30m`, or a whole number of seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Period(pub(crate) Duration);

impl Shape for Period {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let scalar = reader.scalar(node, "a duration")?;
        let length = match scalar.kind() {
            Kind::Integer(seconds) => u64::try_from(seconds).ok().map(Duration::from_secs),
            _ => None,
        };
        let length = length.map_or_else(|| eve_core::parse_duration(&scalar.text), Ok);
        match length {
            Ok(length) if length <= Self::MOST => Some(Self(length)),
            Ok(_) => reader.bad_value(node, format!("{} is too long", scalar.text), "use at most 8760h"),
            Err(error) => {
                reader.report.add(Note::refused(node.span, &error));
                None
            }
        }
    }

    fn schema(_: &mut Definitions) -> Schema {
        json_schema!({
            "title": "a duration",
            "type": ["string", "integer"],
            "examples": ["500ms", "30s", "1h30m"],
        })
    }
}

impl Period {
    /// A year: longer ones are slips of the finger, and sums of them stay far from overflow.
    const MOST: Duration = Duration::from_secs(8760 * 3600);
}

/// Makes shapes of types that read themselves from text and explain why they cannot.
macro_rules! parsed {
    ($($type:ty, $expected:literal;)*) => {$(
        impl $crate::grammar::Shape for $type {
            fn read(node: &$crate::tree::Node, reader: &mut $crate::grammar::Reader<'_>) -> Option<Self> {
                match reader.scalar(node, $expected)?.text.parse::<$type>() {
                    Ok(value) => Some(value),
                    Err(error) => {
                        reader.report.add($crate::problem::Note::refused(node.span, &error));
                        None
                    }
                }
            }

            fn schema(_: &mut $crate::grammar::Definitions) -> schemars::Schema {
                schemars::json_schema!({ "title": $expected, "type": ["string", "number", "boolean"] })
            }
        }
    )*};
}
pub(crate) use parsed;

parsed! {
    eve_core::ByteSize, "an amount of bytes";
    eve_core::MilliCpu, "a share of processors";
    eve_core::ServiceName, "the name of a service";
    eve_core::StepName, "the name of a step";
    eve_core::SecretName, "the name of a secret";
    eve_core::VolumeName, "the name of a volume";
    eve_core::HostName, "a host name";
    eve_core::ObjectName, "the name of an object";
    eve_core::desired::DatabaseClass, "a class of databases";
    eve_core::desired::DatabaseEngine, "a database system";
    eve_core::desired::DatabaseExtension, "an extension of the database";
}
