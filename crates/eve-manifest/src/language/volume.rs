//! Named volumes.

use eve_core::AbsolutePath;
use schemars::{Schema, json_schema};

use crate::grammar::{Definitions, Reader, Shape, mapping};
use crate::tree::Node;

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

    fn schema(definitions: &mut Definitions) -> Schema {
        json_schema!({ "anyOf": [{ "type": "null" }, VolumeOptions::schema(definitions)] })
    }
}

/// A place below the root of a workload, in its one spelling; none for anything else.
pub(super) fn inside(target: &str) -> Option<AbsolutePath> {
    AbsolutePath::new(target).ok().filter(|path| path.as_str() != "/")
}
