//! Where a service finds a config.

use schemars::{Schema, json_schema};

use super::config::ConfigName;
use super::volume::inside;
use crate::codes;
use crate::grammar::{At, Definitions, Mapping as _, Reader, Shape, mapping};
use crate::problem::Note;
use crate::tree::{Node, Value};

mapping! {
    /// A config as a file, with a key for each part of it.
    ConfigMapping = "config file" extensible {
        /// The config's name.
        source: ConfigName = "source", required;
        /// Where the service finds it; a relative path begins at /. The config's name by default.
        target: ConfigTarget = "target";
        /// 0444, which it always is: everybody may read it and nobody write.
        mode: String = "mode" else "0444";
    }
    unsupported {
        "gid": "remove it; everybody may read it";
        "uid": "remove it; everybody may read it";
    }
}

/// A config that a service finds as a file: its name, or a mapping.
#[derive(Debug, Clone)]
pub(crate) struct ConfigUse {
    pub(crate) source: At<ConfigName>,
    /// The whole path. None if it could not be read.
    pub(crate) target: Option<At<String>>,
}

impl Shape for ConfigUse {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if !matches!(node.value, Value::Mapping(_)) {
            return At::read(node, reader).map(Self::usual);
        }
        let written = ConfigMapping::read(node, reader)?;
        if let Some(mode) = &written.mode {
            check_mode(mode, reader);
        }
        let says_target = written.says("target");
        let usual = Self::usual(written.source?);
        let target = written.target.map(|at| At { value: at.value.0, span: at.span });
        Some(if says_target { Self { target, ..usual } } else { usual })
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json_schema!({ "anyOf": [
            ConfigName::schema(definitions),
            ConfigMapping::schema(definitions),
        ]})
    }
}

impl ConfigUse {
    /// A config at its usual place.
    fn usual(source: At<ConfigName>) -> Self {
        Self { target: Some(At { value: format!("/{}", source.value.as_str()), span: source.span }), source }
    }
}

/// Where a service finds a config, as a whole path in its one spelling.
#[derive(Debug, Clone)]
pub(crate) struct ConfigTarget(String);

impl Shape for ConfigTarget {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(node, reader)?;
        let path = if text.starts_with('/') { text.clone() } else { format!("/{text}") };
        if let Some(path) = inside(&path).filter(|_| !text.contains('\\')) {
            return Some(Self(path.to_string()));
        }
        let message = format!("`{}` is not the place of a file", text.escape_debug());
        reader.bad_value(node, message, "write an absolute path, or one that begins at /")
    }

    fn schema(_: &mut Definitions) -> Schema {
        json_schema!({ "title": "a path", "type": ["string", "number", "boolean"], "pattern": "^/?[^/]" })
    }
}

/// Reports a mode that the file of a config cannot have. That it may be written never counts.
fn check_mode(mode: &At<String>, reader: &mut Reader<'_>) {
    const WRITABLE: u32 = 0o222;
    let text = mode.value.escape_debug();
    // What has no zero in front is decimal for some readers.
    let octal = mode.value.strip_prefix("0o").or_else(|| mode.value.strip_prefix('0'));
    let digits = octal.filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    let bits = digits.and_then(|digits| u32::from_str_radix(digits, 8).ok());
    let note = match bits {
        Some(0o444) => return,
        Some(bits) if bits & !WRITABLE == 0o444 => {
            let text = format!("the mode {text} is taken as 0444: nobody may write the file of a config");
            Note::warning(codes::NOT_USED, mode.span, text)
        }
        None if mode.value.is_empty() || !mode.value.bytes().all(|b| b.is_ascii_digit()) => {
            Note::error(codes::BAD_VALUE, mode.span, format!("`{text}` is not the mode of a file"))
        }
        _ => Note::error(codes::UNSUPPORTED, mode.span, format!("the file of a config cannot have the mode {text}")),
    };
    reader.report.add(note.hint("write 0444, or remove it; everybody may read it and nobody write"));
}
