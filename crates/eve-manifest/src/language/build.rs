//! How a service is built.

use eve_core::Error;
use schemars::{Schema, json_schema};

use crate::grammar::{At, Definitions, Map, Reader, Shape, mapping};
use crate::interpolation::PlainText;
use crate::tree::{Node, Value};

mapping! {
    /// How to make a service from the project's files.
    BuildMapping = "build section" {
        /// The folder, relative to the project's root.
        context: PlainText = "context", required;
        /// The build file, relative to the folder.
        dockerfile: PlainText = "dockerfile";
        /// Arguments of the build.
        args: Map<ArgName, PlainText> = "args";
    }
    not_used {
        "cache_from": "Where earlier layers are.";
        "cache_to": "Where layers are kept.";
        "labels": "Labels of the image.";
        "pull": "Whether base images are fetched again.";
        "tags": "More names of the image.";
    }
    unsupported {
        "additional_contexts": "put everything into one folder";
        "dockerfile_inline": "write a file and name it in `dockerfile`";
        "entitlements": "remove it";
        "network": "remove it";
        "platforms": "remove it; one platform is built";
        "privileged": "remove it";
        "secrets": "remove it; secrets are not given to builds yet";
        "ssh": "remove it";
        "target": "remove it; the last stage is built";
    }
}

/// The name of a build argument.
#[derive(Debug, Clone)]
pub(crate) struct ArgName(pub(crate) String);

impl std::str::FromStr for ArgName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        eve_core::VarName::new(text).map(|name| Self(name.as_str().to_owned()))
    }
}

/// A folder alone, or everything.
#[derive(Debug, Clone)]
pub(crate) struct Build(pub(crate) BuildMapping);

impl Shape for Build {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if matches!(node.value, Value::Scalar(_)) && !node.is_null() {
            let context = At::<PlainText>::read(node, reader)?;
            return Some(Self(BuildMapping { context: Some(context), ..BuildMapping::default() }));
        }
        BuildMapping::read(node, reader).map(Self)
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json_schema!({ "anyOf": [PlainText::schema(definitions), BuildMapping::schema(definitions)] })
    }
}

/// True for a path that leads out of the project, or could.
pub(crate) fn outside(path: &str) -> bool {
    path.is_empty()
        || path.starts_with(['/', '~', '\\'])
        || path.contains(':')
        || path.split(['/', '\\']).any(|part| part == "..")
}
