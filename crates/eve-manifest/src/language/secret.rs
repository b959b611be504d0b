//! Secrets that services find as files.

use eve_core::SecretName;
use eve_core::desired::SecretFile;
use schemars::{Schema, json_schema};

use super::volume::inside;
use crate::codes;
use crate::grammar::{At, Definitions, Mapping as _, Reader, Shape, mapping, or_variables};
use crate::problem::Note;
use crate::tree::{Node, Value};

mapping! {
    /// What there is to say of a secret. Its text stands in the store alone.
    SecretOptions = "secret" extensible {
        /// true: its text is stored by `eve secret set NAME`.
        external: bool = "external" else true;
    }
    not_used {
        "labels": "Labels of the secret.";
    }
    unsupported {
        "content": "store it by `eve secret set NAME`, and write `external: true`";
        "driver": "store it by `eve secret set NAME`, and write `external: true`";
        "driver_opts": "store it by `eve secret set NAME`, and write `external: true`";
        "environment": "store it by `eve secret set NAME --from-env VAR`, and write `external: true`";
        "file": "store it by `eve secret set NAME < FILE`, and write `external: true`";
        "name": "store it by `eve secret set NAME` under the name that it has here";
        "template_driver": "store it by `eve secret set NAME`, and write `external: true`";
    }
}

/// A declared secret; nothing stands for no options.
#[derive(Debug, Clone)]
pub(crate) struct DeclaredSecret;

impl Shape for DeclaredSecret {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if node.is_null() {
            return Some(Self);
        }
        let options = SecretOptions::read(node, reader)?;
        if let Some(external) = options.external.filter(|at| !at.value) {
            let problem =
                Note::error(codes::BAD_VALUE, external.span, "the text of a secret is never a part of the file");
            reader.report.add(problem.hint("store it by `eve secret set NAME`, and write `external: true`"));
        }
        Some(Self)
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json_schema!({ "anyOf": [{ "type": "null" }, SecretOptions::schema(definitions)] })
    }
}

mapping! {
    /// A secret as a file, with a key for each part of it.
    SecretMapping = "secret file" extensible {
        /// The secret's name.
        source: SecretName = "source", required;
        /// Where the service finds it: an absolute path, or the name of a file in /run/secrets. The secret's name by default.
        target: SecretTarget = "target";
        /// 0400, which it always is: only the user that the service runs as may read it.
        mode: String = "mode" else "0400";
    }
    unsupported {
        "gid": "remove it; no group may read it";
        "uid": "remove it; it belongs to the user that the service runs as";
    }
}

/// A secret that a service finds as a file: its name, or a mapping.
#[derive(Debug, Clone)]
pub(crate) struct SecretUse {
    pub(crate) source: At<SecretName>,
    /// The whole path. None if it could not be read.
    pub(crate) target: Option<At<String>>,
}

impl Shape for SecretUse {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if !matches!(node.value, Value::Mapping(_)) {
            return At::read(node, reader).map(Self::usual);
        }
        let written = SecretMapping::read(node, reader)?;
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
            SecretName::schema(definitions),
            SecretMapping::schema(definitions),
        ]})
    }
}

impl SecretUse {
    /// A secret at its usual place.
    fn usual(source: At<SecretName>) -> Self {
        let SecretFile { target, .. } = SecretFile::new(source.value.clone());
        Self { target: Some(At { value: target, span: source.span }), source }
    }
}

/// Where a service finds a secret, as a whole path.
#[derive(Debug, Clone)]
pub(crate) struct SecretTarget(String);

impl Shape for SecretTarget {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(node, reader)?;
        let path = if text.starts_with('/') { text.clone() } else { format!("/run/secrets/{text}") };
        let plain = |part: &str| !part.is_empty() && part != "." && !part.contains(char::is_control);
        let has_form = text.starts_with('/') || !text.contains('/');
        if has_form && inside(&path).is_some() && path.split('/').skip(1).all(plain) {
            return Some(Self(path));
        }
        let message = format!("`{}` is not the place of a file", text.escape_debug());
        reader.bad_value(node, message, "write an absolute path, or the name of a file in /run/secrets")
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let pattern = "^((/[^/]+)+|[^/]+)$";
        let path = json_schema!({ "title": "a path", "type": ["string", "number", "boolean"], "pattern": pattern });
        or_variables(path, definitions)
    }
}

/// Reports a mode that the file of a secret cannot have.
fn check_mode(mode: &At<String>, reader: &mut Reader<'_>) {
    let text = mode.value.escape_debug();
    let digits = mode.value.strip_prefix("0o").unwrap_or(&mode.value);
    let note = if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        Note::error(codes::BAD_VALUE, mode.span, format!("`{text}` is not the mode of a file"))
    } else if matches!(&*mode.value, "0400" | "0o400") {
        return;
    } else {
        Note::error(codes::UNSUPPORTED, mode.span, format!("the file of a secret cannot have the mode {text}"))
    };
    reader.report.add(note.hint("write 0400, or remove it; only the user that the service runs as may read it"));
}
