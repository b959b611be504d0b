//! The ApplySet of an environment: how tools that know nothing of Eve see what belongs together (KEP-3659).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use eve_core::{Bound, Digest, ObjectName, Result, naming};
use serde_json::json;

use super::rendered::Rendered;
use crate::api::Kind;
use crate::config::K8sConfig;

/// The name of the object that stands for the set.
const PARENT: &str = "eve";

/// The id of a namespace's set.
pub(super) fn id(namespace: &str) -> String {
    // name.namespace.kind.group
    let hex = Digest::of(format!("{PARENT}.{namespace}.ConfigMap.")).hex();
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("a digest is written in hexadecimal");
    let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
    format!("applyset-{}-v1", URL_SAFE_NO_PAD.encode(bytes))
}

/// The object that stands for the set. It also says whose the namespace is, in the words of people.
pub(super) fn parent(config: &K8sConfig, want: &Bound) -> Result<Rendered> {
    let kinds: Vec<String> = Kind::MADE
        .into_iter()
        .filter(|kind| *kind != Kind::Namespace)
        .map(|kind| {
            let (group, _, name, _) = kind.names();
            if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
        })
        .collect();
    let environment = want.environment();
    let data = json!({ "data": {
        "org": environment.org.as_str(),
        "project": environment.project.as_str(),
        "environment": environment.env.as_str(),
    }});
    let name = ObjectName::new(PARENT)?;
    let id = id(&naming::namespace(environment));
    Ok(Rendered::new(config, want, Kind::ConfigMap, name, data)
        .with_labels([("applyset.kubernetes.io/id".to_owned(), json!(id))])
        .with_annotations([
            ("applyset.kubernetes.io/tooling".to_owned(), json!(concat!("eve/v", env!("CARGO_PKG_VERSION")))),
            ("applyset.kubernetes.io/contains-group-kinds".to_owned(), json!(kinds.join(","))),
        ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_of_its_namespace() {
        assert_ne!(id("a"), id("b"));
        assert_eq!(id("a").len(), "applyset-".len() + 43 + "-v1".len());
    }
}
