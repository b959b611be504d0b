//! What could not be looked at.

use eve_core::{Code, Evidence, Finding, Place, codes};

use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::Scene;
use crate::diagnosis::{Unread, UnreadCause};

/// What only adds to the evidence: a fault shows in pods and events without it.
const ONLY_ADDS: &[&str] = &[
    "namespaces",
    "nodes",
    "persistentvolumes",
    "storageclasses",
    "ingressclasses",
    "secrets",
    "secrets/keys",
    "configmaps",
    "configmaps/keys",
    "pods/log",
    "serviceaccounts",
    "httproutes",
    "networkpolicies",
    "poddisruptionbudgets",
    "limitranges",
    "resourcequotas",
];

/// What could not be looked at. Health is only claimed for what was read.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (cause, code, text, hint) in CAUSES {
        let of_cause = |unread: &&Unread| unread.cause == *cause;
        let (adds, needed): (Vec<_>, Vec<_>) =
            scene.view.unread.iter().filter(of_cause).partition(|unread| ONLY_ADDS.contains(&unread.what.as_str()));
        found.extend(gathered(scene, &needed, code, text, hint));
        found.extend(gathered(scene, &adds, code, text, hint).map(Report::wait));
    }
    found
}

const CAUSES: &[(UnreadCause, Code, &str, &str)] = &[
    (
        UnreadCause::Unreachable,
        codes::BACKEND_UNAVAILABLE,
        "the cluster cannot be reached",
        "check the server's address, the network, and whether the API server runs",
    ),
    (
        UnreadCause::Unconfigured,
        codes::BACKEND_UNCONFIGURED,
        "it is not known which cluster to ask",
        "name a kubeconfig with --kubeconfig or KUBECONFIG, or run inside the cluster",
    ),
    (
        UnreadCause::Unauthenticated,
        codes::ACCESS_UNAUTHENTICATED,
        "the cluster does not know who asks",
        "renew the credentials of the kubeconfig or of the service account",
    ),
    (
        UnreadCause::Denied,
        codes::ACCESS_DENIED,
        "these may not be looked at",
        "grant get and list for them in a Role or ClusterRole, or ask with other credentials",
    ),
    (
        UnreadCause::Refused,
        codes::ACCESS_UNREADABLE,
        "these could not be read",
        "the evidence has the answer; try again",
    ),
];

fn gathered(scene: &Scene<'_>, unread: &[&Unread], code: &Code, text: &str, hint: &str) -> Option<Finding> {
    if unread.is_empty() {
        return None;
    }
    let names = unread.iter().map(|one| one.what.as_str()).filter(|what| *what != "*").collect::<Vec<_>>().join(", ");
    let message = if names.is_empty() { text.to_owned() } else { format!("{text}: {names}") };
    let place = Place::new("Namespace", scene.view.namespace.clone());
    let finding = report(code.clone(), place, message, scene.view.at).with_hint(hint);
    let finding = match code {
        code if *code == codes::BACKEND_UNAVAILABLE || *code == codes::ACCESS_UNREADABLE => finding.of_platform(),
        code if *code == codes::BACKEND_UNCONFIGURED => finding,
        _ => finding.for_platform_to_change(),
    };
    Some(
        unread.iter().fold(finding, |finding, one| {
            finding.with_evidence(Evidence::field(one.what.clone(), one.message.clone()))
        }),
    )
}
