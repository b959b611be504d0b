//! Where images are kept.

use eve_core::SecretName;
use eve_core::desired::ImageRef;
use schemars::{Schema, json_schema};

use crate::grammar::{Definitions, Reader, Shape, mapping, ruled, words};
use crate::tree::{Node, Value};

words! {
    /// Where images are kept, in a word.
    RegistryWord {
        Eve = "eve";
        None = "none";
    }
}

mapping! {
    /// A registry of one's own.
    RegistryMapping = "registry section" {
        /// Its host, and its port where it has one of its own: ghcr.io, registry.example.org:5000.
        host: String = "host", required;
        /// What its repositories are below.
        namespace: RepositoryPath = "namespace";
        /// Who asks there.
        auth: RegistryAuth = "auth";
    }
}

ruled! {
    /// A part of a registry.
    RepositoryPath = "the path of repositories", "^[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*$", is_path, "write names in small letters with / between them: acme, acme/shop";
}

fn is_path(text: &str) -> bool {
    !text.contains([':', '@']) && ImageRef::new(format!("registry.example/{text}/image")).is_ok()
}

mapping! {
    /// Who asks at a registry.
    RegistryAuth = "auth section" {
        /// The secret that holds the name of the user. `REGISTRY_USERNAME` by default.
        username_secret: SecretName = "username_secret" else "REGISTRY_USERNAME";
        /// The secret that holds the user's token. `REGISTRY_PASSWORD` by default.
        token_secret: SecretName = "token_secret" else "REGISTRY_PASSWORD";
    }
}

/// Where images are kept.
#[derive(Debug, Clone)]
pub(crate) enum RegistryPlace {
    Word(RegistryWord),
    Mapping(Box<RegistryMapping>),
}

impl Shape for RegistryPlace {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if matches!(node.value, Value::Mapping(_)) {
            return RegistryMapping::read(node, reader).map(Box::new).map(Self::Mapping);
        }
        let text = String::read(node, reader)?;
        if RegistryWord::WORDS.contains(&&*text) {
            return RegistryWord::read(node, reader).map(Self::Word);
        }
        let message = format!("`{}` is not allowed here", text.escape_debug());
        reader.bad_value(node, message, "write eve, none, or a mapping with the `host` of a registry")
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json_schema!({ "anyOf": [RegistryWord::schema(definitions), RegistryMapping::schema(definitions)] })
    }
}
