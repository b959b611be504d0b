//! What a service asks of the host.

use eve_core::AbsolutePath;
use eve_core::desired::{Device, DevicePermissions, LinuxCapability, Unconfined};
use schemars::{Schema, json_schema};

use crate::codes;
use crate::grammar::{Definitions, Mapping as _, Reader, Shape, mapping, or_variables, parsed};
use crate::problem::Note;
use crate::suggest::{did_you_mean, nearest};
use crate::tree::{Node, Value};

parsed! {
    AbsolutePath, "an absolute path";
    DevicePermissions, "what may be done with a device";
}

impl Shape for LinuxCapability {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.scalar(node, "the name of a capability")?.into_owned().text;
        let refused = match Self::new(&*text) {
            Ok(capability) => return Some(capability),
            Err(error) => Note::refused(node.span, &error),
        };
        let name = text.to_ascii_uppercase();
        let near = nearest(name.strip_prefix("CAP_").unwrap_or(&name), ["ALL"].into_iter().chain(Self::names()));
        reader.report.add(match near {
            Some(near) => refused.hint(did_you_mean(near)),
            None => refused,
        });
        None
    }

    fn schema(_: &mut Definitions) -> Schema {
        json_schema!({ "title": "the name of a capability", "type": ["string", "number", "boolean"] })
    }
}

/// The word `host`: a namespace of the host is shared. Nothing else can be said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostWord;

impl Shape for HostWord {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(node, reader)?;
        if text == "host" {
            return Some(Self);
        }
        let message = format!("`{}` is not supported here", text.escape_debug());
        let problem = Note::error(codes::UNSUPPORTED, node.span, message);
        reader.report.add(problem.hint("remove it, or write host; a service has a namespace of its own without it"));
        None
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        or_variables(json_schema!({ "enum": ["host"] }), definitions)
    }
}

mapping! {
    /// A device of the host, with a key for each part of it.
    DeviceMapping = "device" extensible {
        /// Where it is on the host.
        source: AbsolutePath = "source", required;
        /// Where the service finds it. The same place by default.
        target: AbsolutePath = "target";
        /// r to read it, w to write it, m to make its node. All of them by default.
        permissions: DevicePermissions = "permissions" else "rwm";
    }
}

/// A device: `/dev/fuse`, `/dev/fuse:/dev/other`, `/dev/fuse:/dev/fuse:rw`, or a mapping.
#[derive(Debug, Clone)]
pub(crate) struct DeviceText(pub(crate) Device);

impl Shape for DeviceText {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if matches!(node.value, Value::Mapping(_)) {
            let written = DeviceMapping::read(node, reader)?;
            let unreadable = [
                written.says("target") && written.target.is_none(),
                written.says("permissions") && written.permissions.is_none(),
            ];
            let mut device = Device::new(written.source?.value);
            if let Some(target) = written.target {
                device.target = target.value;
            }
            if let Some(permissions) = written.permissions {
                device.permissions = permissions.value;
            }
            return (!unreadable.contains(&true)).then_some(Self(device));
        }
        let text = String::read(node, reader)?;
        if !text.starts_with('/') && text.contains('=') {
            let problem =
                Note::error(codes::UNSUPPORTED, node.span, "devices by the name of a driver are not supported");
            reader.report.add(problem.hint("write the path of a device, such as /dev/fuse"));
            return None;
        }
        let mut parts = text.split(':');
        let source = AbsolutePath::new(parts.next().unwrap_or_default());
        let (second, third) = (parts.next(), parts.next());
        // Permissions may stand in the second place.
        let (target, permissions) = match (second, third) {
            (Some(second), None) if !second.starts_with('/') => (None, Some(second)),
            both => both,
        };
        let device = source.and_then(|source| {
            let mut device = Device::new(source);
            if let Some(target) = target {
                device.target = AbsolutePath::new(target)?;
            }
            if let Some(permissions) = permissions {
                device.permissions = DevicePermissions::new(permissions)?;
            }
            Ok(device)
        });
        match device {
            Ok(device) if parts.next().is_none() => Some(Self(device)),
            Ok(_) => {
                let message = format!("`{}` is not a device", text.escape_debug());
                reader.bad_value(node, message, "write /dev/fuse, /dev/fuse:/dev/fuse or /dev/fuse:/dev/fuse:rw")
            }
            Err(error) => {
                reader.report.add(Note::refused(node.span, &error));
                None
            }
        }
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let device = json_schema!({ "anyOf": [
            { "title": "a device", "type": "string", "pattern": "^/[^:]+(:/[^:]+)?(:[rwm]+)?$" },
            DeviceMapping::schema(definitions),
        ]});
        or_variables(device, definitions)
    }
}

/// An option of security: a protection that is switched off, or no new privileges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecurityOption {
    Unconfined(Unconfined),
    NoNewPrivileges,
}

impl SecurityOption {
    /// How they are written.
    const FORMS: [&'static str; 6] = [
        "no-new-privileges:true",
        "no-new-privileges:false",
        "seccomp:unconfined",
        "apparmor:unconfined",
        "label:disable",
        "systempaths:unconfined",
    ];
}

impl Shape for SecurityOption {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(node, reader)?;
        // Both signs are in use between name and value.
        let found = match text.replacen('=', ":", 1).as_str() {
            "no-new-privileges" | "no-new-privileges:true" => Self::NoNewPrivileges,
            "no-new-privileges:false" => Self::Unconfined(Unconfined::NewPrivileges),
            "seccomp:unconfined" => Self::Unconfined(Unconfined::Seccomp),
            "apparmor:unconfined" => Self::Unconfined(Unconfined::Apparmor),
            "label:disable" => Self::Unconfined(Unconfined::Label),
            "systempaths:unconfined" => Self::Unconfined(Unconfined::Systempaths),
            _ => {
                let message = format!("the option `{}` is not supported", text.escape_debug());
                let problem = Note::error(codes::UNSUPPORTED, node.span, message);
                let near = reader.report.suggest(&text, Self::FORMS).filter(|hint| hint.starts_with("did"));
                let forms = "write no-new-privileges:true, or NAME:unconfined for seccomp, apparmor and systempaths";
                reader.report.add(problem.hint(near.unwrap_or_else(|| forms.to_owned())));
                return None;
            }
        };
        Some(found)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json_schema!({ "title": "an option of security", "type": "string" })
    }
}
