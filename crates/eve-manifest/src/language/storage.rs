//! Folders that outlive a service, and files of the project.

use eve_core::{ByteSize, ObjectName, VolumeName};
use schemars::{Schema, json_schema};

use super::volume::inside;
use crate::codes;
use crate::grammar::{Definitions, Reader, Shape, mapping, or_variables, words};
use crate::problem::Note;
use crate::tree::Node;

words! {
    /// Who may hold a folder at a time.
    AccessMode {
        Once = "ReadWriteOnce";
        Many = "ReadWriteMany";
        ReadOnly = "ReadOnlyMany";
    }
}

mapping! {
    /// A folder that outlives the service.
    Storage = "storage section" {
        /// Where the service finds it.
        mount_path: Inside = "mount_path", required;
        /// How large it may grow.
        size: ByteSize = "size";
        /// `ReadWriteOnce` (the default), `ReadWriteMany` or `ReadOnlyMany`.
        access_mode: AccessMode = "access_mode" else "ReadWriteOnce";
        /// The volume's name. The service's name and -data by default.
        name: VolumeName = "name";
        /// Which of the backend's kinds of storage it is made of.
        class: ObjectName = "storage_class";
    }
}

mapping! {
    /// A file of the project that is put in place before the service starts.
    File = "file" {
        /// The file, relative to the project's root.
        source: Within = "source", required;
        /// Where the service finds it.
        target: Inside = "target", required;
    }
}

/// An absolute path inside a workload, in its one spelling.
#[derive(Debug, Clone)]
pub(crate) struct Inside(pub(crate) String);

impl Shape for Inside {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(node, reader)?;
        if let Some(path) = inside(&text) {
            return Some(Self(path.to_string()));
        }
        let shown = text.escape_debug();
        if text.starts_with('/') {
            return reader.bad_value(
                node,
                format!("`{shown}` is no place below /"),
                "write a whole path, such as /data",
            );
        }
        reader.bad_value(node, format!("`{shown}` is not an absolute path"), "begin it with /")
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let path = json_schema!({ "title": "an absolute path", "type": "string", "pattern": "^/." });
        or_variables(path, definitions)
    }
}

/// A path within the project.
#[derive(Debug, Clone)]
pub(crate) struct Within(pub(crate) String);

impl Shape for Within {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(node, reader)?;
        let leads_out = text.is_empty() || text.starts_with(['/', '~']) || text.contains(['\\', ':']);
        if !leads_out && !text.split('/').any(|part| part == "..") {
            return Some(Self(text));
        }
        let message = format!("`{}` is not a path within the project", text.escape_debug());
        let problem = Note::error(codes::OUTSIDE, node.span, message);
        reader.report.add(problem.hint("write it relative to the project's root"));
        None
    }

    fn schema(_: &mut Definitions) -> Schema {
        json_schema!({
            "title": "a path within the project",
            "type": ["string", "number", "boolean"],
            "pattern": "^[^/~]",
        })
    }
}
