//! What a service mounts: named volumes, and folders of the host.

use eve_core::desired::Mount;
use eve_core::{AbsolutePath, VolumeName};
use schemars::{Schema, json_schema};

use super::storage::Inside;
use super::volume::inside;
use crate::codes;
use crate::grammar::{At, Definitions, Mapping as _, Reader, Shape, mapping, or_variables, words};
use crate::problem::Note;
use crate::tree::{Node, Span, Value};

/// What a service mounts: `name:/path`, `./folder:/path` or `/folder:/path`, each with `:ro`, or a mapping.
#[derive(Debug, Clone)]
pub(crate) enum VolumeText {
    Named(Mount),
    Host(HostFolder),
}

/// A folder or file of the host.
#[derive(Debug, Clone)]
pub(crate) struct HostFolder {
    /// As it is written: absolute, or from the project's folder on.
    pub(crate) source: String,
    pub(crate) target: AbsolutePath,
    pub(crate) read_only: bool,
}

words! {
    /// What is mounted.
    MountType {
        Volume = "volume";
        Bind = "bind";
    }
}

/// Whether what is mounted later shows on the other side: never.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Propagation;

impl Shape for Propagation {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(node, reader)?;
        if text == "rprivate" {
            return Some(Self);
        }
        let message = format!("`{}` is not supported for a mount", text.escape_debug());
        reader.report.add(Note::error(codes::UNSUPPORTED, node.span, message).hint("write rprivate, or remove it"));
        None
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        or_variables(json_schema!({ "enum": ["rprivate"] }), definitions)
    }
}

mapping! {
    /// A volume or a folder of the host, with a key for each part of it.
    MountMapping = "mount" extensible {
        /// `volume`, or `bind` for a folder or file of the host.
        kind: MountType = "type", required;
        /// The volume's name, or the folder: absolute, or relative to the project's folder.
        source: String = "source" | "src";
        /// Where the service finds it.
        target: Inside = "target" | "dst" | "destination", required;
        /// True if it may not be written.
        read_only: bool = "read_only" | "readonly" else false;
        /// Options of a folder of the host.
        bind: BindOptions = "bind";
        /// Options of a volume.
        volume: VolumeUse = "volume";
    }
    not_used {
        "consistency": "How soon both sides see the same; they always do.";
    }
    unsupported {
        "image": "remove it; images cannot be mounted";
        "tmpfs": "remove it";
    }
}

mapping! {
    /// Options of a folder of the host.
    BindOptions = "bind section" extensible {
        /// False, as it always is: what is not there is refused, and never made.
        create_host_path: bool = "create_host_path" else false;
        /// `rprivate`, as it always is: what is mounted below it later shows on neither other side.
        propagation: Propagation = "propagation" else "rprivate";
    }
    unsupported {
        "recursive": "remove it; what is mounted below it shows exactly where it may be written";
        "selinux": "remove it; label the folder on the host";
    }
}

mapping! {
    /// Options of a volume that a service mounts.
    VolumeUse = "volume section" extensible {
    }
    unsupported {
        "labels": "remove it";
        "nocopy": "remove it; a new volume begins with what the image has at its place";
        "subpath": "remove it; a volume is mounted as a whole";
    }
}

impl VolumeText {
    /// The volume, unless it is a folder of the host.
    pub(crate) fn named(&self) -> Option<&Mount> {
        match self {
            Self::Named(mount) => Some(mount),
            Self::Host(_) => None,
        }
    }

    /// Where the service finds it.
    pub(crate) fn target(&self) -> &str {
        match self {
            Self::Named(mount) => &mount.target,
            Self::Host(folder) => folder.target.as_str(),
        }
    }
}

impl Shape for VolumeText {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if matches!(node.value, Value::Mapping(_)) {
            let written = MountMapping::read(node, reader)?;
            return of_mapping(&written, node.span, reader);
        }
        let text = String::read(node, reader)?;
        let mut parts = text.split(':');
        let (source, target, mode) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        if refuses_source(source, target, node.span, reader) {
            return None;
        }
        let is_host = is_host(source);
        let (Some(target), None) = (target.and_then(inside), parts.next()) else {
            return bad(node, &text, reader);
        };
        let read_only = match mode {
            None => false,
            Some(mode) => match access(mode, is_host, node.span, reader) {
                Access::Known { read_only } => read_only,
                Access::Reported => return None,
                Access::Unknown => return bad(node, &text, reader),
            },
        };
        if is_host {
            host(source, target.as_str(), read_only, node.span, reader)
        } else {
            named(source, target.as_str(), read_only, node.span, reader)
        }
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let mount = json_schema!({ "anyOf": [
            { "title": "a mount", "type": "string", "pattern": "^([A-Za-z0-9][A-Za-z0-9._-]*|[./][^:]*):/[^:]*(:[A-Za-z,]+)?$" },
            MountMapping::schema(definitions),
        ]});
        or_variables(mount, definitions)
    }
}

/// What the words behind a mount's second colon say.
enum Access {
    Known { read_only: bool },
    Reported,
    Unknown,
}

fn access(text: &str, is_host: bool, span: Span, reader: &mut Reader<'_>) -> Access {
    let mut read_only = None;
    for word in text.split(',') {
        let hint = match word {
            "ro" | "rw" if read_only.is_none() => {
                read_only = Some(word == "ro");
                continue;
            }
            "rprivate" if is_host => continue,
            "cached" | "delegated" | "consistent" if is_host => {
                let text = format!("`{word}` is known and not used yet");
                reader.report.add(Note::warning(codes::NOT_USED, span, text));
                continue;
            }
            "z" | "Z" => "remove it; label the folder on the host",
            "private" | "shared" | "slave" | "rshared" | "rslave" => {
                "remove it; what is mounted below it later shows on neither other side"
            }
            "nocopy" => "remove it; a new volume begins with what the image has at its place",
            _ => return Access::Unknown,
        };
        let text = format!("`{word}` is not supported for a mount");
        reader.report.add(Note::error(codes::UNSUPPORTED, span, text).hint(hint));
        return Access::Reported;
    }
    Access::Known { read_only: read_only.unwrap_or(false) }
}

fn of_mapping(written: &MountMapping, span: Span, reader: &mut Reader<'_>) -> Option<VolumeText> {
    let bind = written.kind.as_ref()?.value == MountType::Bind;
    let (other, section) = if bind {
        (written.volume.as_ref().map(|at| at.span), "volume")
    } else {
        (written.bind.as_ref().map(|at| at.span), "bind")
    };
    if let Some(span) = other {
        let note = Note::error(codes::CONFLICT, span, format!("`{section}` is for another type of mount"));
        reader.report.add(note.hint("remove it, or change `type`"));
    }
    if let Some(create) = written.bind.as_ref().and_then(|at| at.value.create_host_path.as_ref()).filter(|at| at.value)
    {
        let text = "what is not there on the host is refused, and never made";
        reader
            .report
            .add(Note::warning(codes::NOT_USED, create.span, text).hint("make it on the host, and write false"));
    }
    let options = written.bind.as_ref().map(|at| &at.value);
    let unreadable = [
        written.says("read_only") && written.read_only.is_none(),
        written.says("bind") && options.is_none(),
        options.is_some_and(|bind| bind.says("propagation") && bind.propagation.is_none()),
    ];
    if unreadable.contains(&true) {
        return None;
    }
    let read_only = written.read_only.as_ref().is_some_and(|at| at.value);
    let target = &written.target.as_ref()?.value.0;
    let Some(source) = &written.source else {
        if !written.says("source") {
            let text = "folders of the host and volumes without a name are not made";
            reader.report.add(Note::error(codes::UNSUPPORTED, span, text).hint("add `source`"));
        }
        return None;
    };
    let At { value: source, span } = source;
    if bind {
        if source.is_empty() {
            let note = Note::error(codes::BAD_VALUE, *span, "an empty path leads nowhere");
            reader.report.add(note.hint("write the whole path, or ./path for a folder of the project"));
            return None;
        }
        if refuses_source(source, Some(target), *span, reader) {
            return None;
        }
        let source = if is_host(source) { source.clone() } else { format!("./{source}") };
        host(&source, target, read_only, *span, reader)
    } else if is_host(source) {
        let text = format!("`{}` is a path, and no name of a volume", source.escape_debug());
        reader
            .report
            .add(Note::error(codes::BAD_VALUE, *span, text).hint("write `type: bind`, or the name of a volume"));
        None
    } else {
        named(source, target, read_only, *span, reader)
    }
}

/// True for what is a path, and no name of a volume.
fn is_host(source: &str) -> bool {
    source.starts_with(['.', '/'])
}

/// True if what is mounted can be of no use, which is reported.
fn refuses_source(source: &str, target: Option<&str>, span: Span, reader: &mut Reader<'_>) -> bool {
    let (text, hint) = if target.is_none() {
        ("volumes without a name are not supported", "use a named volume, \"name:/path\"")
    } else if source.starts_with('~') {
        ("nobody knows whose home `~` is", "write the whole path, or ./path for a folder of the project")
    } else if source.contains('\\') {
        (
            "paths with backslashes are not supported",
            "write it with slashes: /path, or ./path for a folder of the project",
        )
    } else if source.contains('/') && !is_host(source) {
        ("a path begins with ./ or /", "write ./path for a folder of the project")
    } else {
        return false;
    };
    reader.report.add(Note::error(codes::UNSUPPORTED, span, text).hint(hint));
    true
}

fn host(source: &str, target: &str, read_only: bool, span: Span, reader: &mut Reader<'_>) -> Option<VolumeText> {
    // A relative one is looked at when the project's folder is known.
    let checked = if source.starts_with('/') { AbsolutePath::new(source).map(drop) } else { Ok(()) };
    match checked.and_then(|()| AbsolutePath::new(target)) {
        Ok(target) => Some(VolumeText::Host(HostFolder { source: source.to_owned(), target, read_only })),
        Err(error) => {
            reader.report.add(Note::refused(span, &error));
            None
        }
    }
}

fn named(source: &str, target: &str, read_only: bool, span: Span, reader: &mut Reader<'_>) -> Option<VolumeText> {
    match VolumeName::new(source) {
        Ok(name) => {
            let mut mount = Mount::new(name, target);
            mount.read_only = read_only;
            Some(VolumeText::Named(mount))
        }
        Err(error) => {
            reader.report.add(Note::refused(span, &error));
            None
        }
    }
}

fn bad<T>(node: &Node, text: &str, reader: &mut Reader<'_>) -> Option<T> {
    let message = format!("`{}` is not a volume", text.escape_debug());
    reader.bad_value(node, message, "write \"name:/path\", \"./folder:/path\" or \"/folder:/path:ro\"")
}
