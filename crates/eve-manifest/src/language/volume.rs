//! Named volumes.

use eve_core::VolumeName;
use eve_core::desired::Mount;
use serde_json::{Value as Json, json};

use crate::codes;
use crate::grammar::{Definitions, Reader, Shape, mapping};
use crate::problem::Note;
use crate::tree::{Node, Value};

mapping! {
    /// Options of a named volume.
    VolumeOptions = "volume" extensible {
    }
    not_used {
        "labels": "Labels of the volume.";
    }
    unsupported {
        "driver": "remove it; volumes are the backend's own";
        "driver_opts": "remove it; volumes are the backend's own";
        "external": "remove it; volumes belong to their environment";
        "name": "remove it; volumes are named after their environment";
    }
}

/// A declared volume; nothing stands for no options.
#[derive(Debug, Clone)]
pub(crate) struct Volume;

impl Shape for Volume {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if node.is_null() { Some(Self) } else { VolumeOptions::read(node, reader).map(|_| Self) }
    }

    fn schema(definitions: &mut Definitions) -> Json {
        json!({ "anyOf": [{ "type": "null" }, VolumeOptions::schema(definitions)] })
    }
}

/// Where a service finds a named volume: `name:/path`, `name:/path:ro`.
#[derive(Debug, Clone)]
pub(crate) struct VolumeText(pub(crate) Mount);

impl Shape for VolumeText {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if matches!(node.value, Value::Mapping(_)) {
            let problem = Note::error(codes::UNSUPPORTED, node.span, "volumes as mappings are not supported yet");
            reader.report.add(problem.hint("write \"name:/path\" or \"name:/path:ro\""));
            return None;
        }
        let text = String::read(node, reader)?;
        let mut parts = text.split(':');
        let (source, target, mode) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let host = source.starts_with(['.', '/', '~', '\\']) || source.contains('/') || target.is_none();
        if host {
            let problem = Note::error(
                codes::UNSUPPORTED,
                node.span,
                "folders of the host and nameless volumes are not supported",
            );
            reader
                .report
                .add(problem.hint("use a named volume, \"name:/path\", or `x-eve.files` for files of the project"));
            return None;
        }
        let read_only = match mode {
            None | Some("rw") => Some(false),
            Some("ro") => Some(true),
            Some(_) => None,
        };
        let (Some(read_only), Some(target), None) = (read_only, target.filter(|t| is_inside(t)), parts.next()) else {
            let message = format!("`{}` is not a volume", text.escape_debug());
            return reader.bad_value(node, message, "write \"name:/path\" or \"name:/path:ro\"");
        };
        match VolumeName::new(source) {
            Ok(name) => {
                let mut mount = Mount::new(name, target);
                mount.read_only = read_only;
                Some(Self(mount))
            }
            Err(error) => {
                reader.report.add(Note::refused(node.span, &error));
                None
            }
        }
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*:/[^:]*(:(ro|rw))?$" })
    }
}

/// True for an absolute path without a way up.
pub(super) fn is_inside(target: &str) -> bool {
    target.starts_with('/') && target.len() > 1 && !target.split('/').any(|part| part == "..")
}
