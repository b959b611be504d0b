//! One thing that the host allows.

use std::fmt;
use std::str::FromStr;

use crate::desired::{HostNamespace, LinuxCapability, Unconfined};
use crate::{AbsolutePath, Error, Result, codes};

/// One thing that the host allows every manifest. Its text, as it is read and shown, is in the first line
/// of each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Allowance {
    /// `bind=/srv/data` or `bind=/srv/data:ro`, and `bind=/srv/data:rw`: this folder or file, and everything
    /// below it. Of several that hold for a path, the widest counts. Name it as it is without links: what
    /// a link leads to is judged, too.
    Bind {
        /// The folder or file.
        path: AbsolutePath,
        /// True if it may be written.
        write: bool,
    },
    /// `engine-socket`: the sockets by which engines on this host are steered. Whoever has one can do
    /// anything that the engine can. What holds a socket needs its own `bind=` besides.
    EngineSocket,
    /// `privileged`: everything that the host has, whatever else is refused. Capabilities, devices and
    /// unconfined system calls need nothing further then.
    Privileged,
    /// `namespace=pid`: seeing as the host sees.
    Namespace(HostNamespace),
    /// `capability=NET_ADMIN`, or `capability=ALL` for any.
    Capability(LinuxCapability),
    /// `device=/dev/fuse`: this device, or those below this folder.
    Device(AbsolutePath),
    /// `unconfined=seccomp`: a protection that may be switched off.
    Unconfined(Unconfined),
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind { path, write } => write!(f, "bind={path}:{}", if *write { "rw" } else { "ro" }),
            Self::EngineSocket => f.write_str("engine-socket"),
            Self::Privileged => f.write_str("privileged"),
            Self::Namespace(namespace) => write!(f, "namespace={namespace}"),
            Self::Capability(capability) => write!(f, "capability={capability}"),
            Self::Device(path) => write!(f, "device={path}"),
            Self::Unconfined(what) => write!(f, "unconfined={what}"),
        }
    }
}

impl FromStr for Allowance {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once('=') {
            None if text == "engine-socket" => Ok(Self::EngineSocket),
            None if text == "privileged" => Ok(Self::Privileged),
            Some(("bind", path)) => {
                let (path, write) = match path.strip_suffix(":rw") {
                    Some(path) => (path, true),
                    None => (path.strip_suffix(":ro").unwrap_or(path), false),
                };
                Ok(Self::Bind { path: path.parse()?, write })
            }
            Some(("namespace", word)) => word.parse().map(Self::Namespace),
            Some(("capability", name)) => name.parse().map(Self::Capability),
            Some(("device", path)) => path.parse().map(Self::Device),
            Some(("unconfined", word)) => word.parse().map(Self::Unconfined),
            _ => Err(Error::invalid(codes::NAME_INVALID, format!("{text:?} is nothing that can be allowed"))
                .with_hint(
                    "write bind=/path, bind=/path:rw, engine-socket, privileged, namespace=NAME, capability=NAME, \
                     device=/path or unconfined=NAME",
                )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_survives_its_text_form() {
        for text in [
            "bind=/srv/data:ro",
            "bind=/srv/a=b:rw",
            "engine-socket",
            "privileged",
            "namespace=network",
            "capability=NET_ADMIN",
            "capability=ALL",
            "device=/dev/fuse",
            "unconfined=new-privileges",
        ] {
            assert_eq!(text.parse::<Allowance>().unwrap().to_string(), text);
        }
        assert_eq!("bind=/srv".parse::<Allowance>().unwrap().to_string(), "bind=/srv:ro");
    }

    #[test]
    fn what_cannot_be_allowed_is_refused() {
        for bad in ["", "bind", "bind=", "bind=a", "bind=/a/../b", "all", "namespace=host", "privileged=true"] {
            assert!(bad.parse::<Allowance>().is_err(), "{bad}");
        }
    }
}
