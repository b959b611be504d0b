//! Containers whose settings cannot be put together.

use eve_core::{Code, Evidence, Finding, codes};

use super::sources::{self, Source, SourceKind};
use crate::diagnosis::container::Container;
use crate::diagnosis::report::{Report, between, mentions, report};
use crate::diagnosis::scene::Scene;

/// How long a source may be late: others may still deliver it.
const LATE: u64 = 60;

/// Why a container's settings cannot be put together.
pub(super) fn judge(scene: &Scene<'_>, container: &Container<'_>) -> Finding {
    let message = container.waiting().and_then(|waiting| waiting.message.as_deref()).unwrap_or_default();
    let finding = of_message(container, message);
    let finding = finding
        .with_evidence(Evidence::field(container.path("state.waiting.reason"), "CreateContainerConfigError"))
        .with_evidence(Evidence::field(container.path("state.waiting.message"), message));
    with_others(scene, container, finding)
}

fn of_message(container: &Container<'_>, message: &str) -> Finding {
    let since = container.pod_start();
    let make = |code, text: String| report(code, container.place(), text, since);
    if mentions(message, &["failed to sync"]) {
        // The node has only just heard of the pod.
        return make(codes::OTHER, format!("{} waits for the node to read its settings", container.title()))
            .of_platform()
            .wait()
            .with_hint("wait: the node reads them again by itself");
    }
    if let Some(source) = missing(message) {
        return of_source(&source, &container.title(), make);
    }
    if mentions(message, &["runasnonroot", "image will run as root", "non-numeric user"]) {
        let text = format!("{} may not run as root, and its image does", container.title());
        return make(codes::WORKLOAD_MUST_NOT_BE_ROOT, text)
            .with_hint("set runAsUser to a number other than 0, or a numeric USER in the image");
    }
    if mentions(message, &["subpath"]) {
        let text = format!("{} cannot be given its part of a volume: {message}", container.title());
        return make(codes::VOLUME_MOUNT_FAILED, text).grace(LATE).with_hint("check the subPath of its volume mounts");
    }
    make(codes::WORKLOAD_CANNOT_CREATE, format!("the settings of {} cannot be used: {message}", container.title()))
        .grace(LATE)
        .with_hint("the message names the setting; correct it in the manifest")
}

/// The finding for a source that is not there, told of a container or of a volume.
pub(super) fn of_source(source: &Source, title: &str, make: impl Fn(Code, String) -> Finding) -> Finding {
    let code = match (source.kind, &source.key) {
        (SourceKind::Secret, None) => codes::SECRET_MISSING,
        (SourceKind::Secret, Some(_)) => codes::SECRET_KEY_MISSING,
        (SourceKind::ConfigMap, None) => codes::CONFIG_MISSING,
        (SourceKind::ConfigMap, Some(_)) => codes::CONFIG_KEY_MISSING,
    };
    let hint = match &source.key {
        None => format!("make {} in this namespace, or correct its name", source.title()),
        Some(key) => format!("put {key} into {} {}, or correct the name of the key", source.kind.word(), source.name),
    };
    make(code, format!("{title} needs {}, which is not there", source.title())).grace(LATE).with_hint(hint)
}

/// What the kubelet says is not there.
pub(super) fn missing(message: &str) -> Option<Source> {
    let source = |kind, name: &str, key: Option<&str>| {
        Some(Source { kind, name: name.to_owned(), key: key.map(str::to_owned), optional: false })
    };
    // couldn't find key K in Secret ns/name
    if let Some(key) = between(message, "find key ", " in ") {
        let rest = &message[message.find(" in ")? + 4..];
        let (kind, path) = rest.split_once(' ')?;
        let path = path.split_whitespace().next().unwrap_or(path).trim_end_matches([',', '.', ':']);
        let name = path.rsplit('/').next().unwrap_or(path);
        let kind = if kind.eq_ignore_ascii_case("secret") { SourceKind::Secret } else { SourceKind::ConfigMap };
        return source(kind, name, Some(key));
    }
    // references non-existent secret key: K
    for (before, kind) in [
        ("references non-existent secret key: ", SourceKind::Secret),
        ("references non-existent config key: ", SourceKind::ConfigMap),
    ] {
        if let Some(at) = message.find(before) {
            let key = message[at + before.len()..].split_whitespace().next().unwrap_or_default();
            return source(kind, "", Some(key));
        }
    }
    if !message.contains("not found") {
        return None;
    }
    between(message, "secret \"", "\" not found")
        .and_then(|name| source(SourceKind::Secret, last_quoted(name), None))
        .or_else(|| {
            let name = between(message, "configmap \"", "\" not found")?;
            source(SourceKind::ConfigMap, last_quoted(name), None)
        })
}

/// The part after the last quote: a name before it may have been another one.
fn last_quoted(text: &str) -> &str {
    text.rsplit('"').next().unwrap_or(text)
}

/// The kubelet names the first thing that is missing; the others are told with it.
fn with_others(scene: &Scene<'_>, container: &Container<'_>, finding: Finding) -> Finding {
    let told = missing(container.waiting().and_then(|waiting| waiting.message.as_deref()).unwrap_or_default());
    let Some(spec) = container.spec else { return finding };
    let wanted = sources::of_container(spec);
    let absent = wanted.iter().filter(|source| !source.optional).filter_map(|source| source.lacking(scene));
    absent
        .filter(|source| told.as_ref().is_none_or(|told| told.name != source.name || told.key != source.key))
        .fold(finding, |finding, source| finding.with_evidence(Evidence::field("also missing", source.title())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_read_from_the_kubelets_words() {
        for (text, kind, name, key) in [
            (r#"secret "db" not found"#, SourceKind::Secret, "db", None),
            (r#"configmap "settings" not found"#, SourceKind::ConfigMap, "settings", None),
            ("couldn't find key TOKEN in Secret shop/db", SourceKind::Secret, "db", Some("TOKEN")),
            ("couldn't find key mode in ConfigMap shop/settings", SourceKind::ConfigMap, "settings", Some("mode")),
            (r#"MountVolume.SetUp failed for volume "v" : secret "tls" not found"#, SourceKind::Secret, "tls", None),
            (
                r#"MountVolume.SetUp failed for volume "v" : references non-existent config key: a.conf"#,
                SourceKind::ConfigMap,
                "",
                Some("a.conf"),
            ),
        ] {
            let source = missing(text).unwrap();
            assert_eq!((source.kind, source.name.as_str(), source.key.as_deref()), (kind, name, key), "{text}");
        }
        assert_eq!(missing("container has runAsNonRoot and image will run as root"), None);
    }
}
