//! Ingresses, and the way from them to services.

use eve_core::{Evidence, Finding, codes};
use k8s_openapi::api::networking::v1::{Ingress, IngressBackend};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::sources::{self, Presence};
use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, name, place};

/// How long an ingress may be there before what it names.
const GRACE: u64 = 30;
const CLASS_OF_OLD: &str = "kubernetes.io/ingress.class";
const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";

/// What is wrong on the way from ingresses to services. Nothing of it gives an event or a condition.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    scene.view.ingresses.iter().flat_map(|ingress| judge(scene, ingress)).collect()
}

fn judge(scene: &Scene<'_>, ingress: &Ingress) -> Vec<Finding> {
    let mut found: Vec<_> = class(scene, ingress).into_iter().collect();
    let mut seen = Vec::new();
    for backend in backends(ingress) {
        let key = format!("{backend:?}");
        if !seen.contains(&key) {
            found.extend(to_service(scene, ingress, backend));
            seen.push(key);
        }
    }
    found.extend(certificates(scene, ingress));
    found
}

fn backends(ingress: &Ingress) -> impl Iterator<Item = &IngressBackend> {
    let spec = ingress.spec.iter();
    spec.flat_map(|spec| {
        let paths = spec.rules.iter().flatten().filter_map(|rule| rule.http.as_ref()).flat_map(|http| &http.paths);
        spec.default_backend.iter().chain(paths.map(|path| &path.backend))
    })
}

fn class(scene: &Scene<'_>, ingress: &Ingress) -> Option<Finding> {
    if !scene.view.was_read("ingressclasses") {
        return None;
    }
    let since = instant(ingress.metadata.creation_timestamp.as_ref());
    let title = name(&ingress.metadata);
    let classes = &scene.view.ingress_classes;
    let wanted = ingress.spec.as_ref()?.ingress_class_name.as_deref();
    let text = match wanted {
        Some(wanted) if classes.iter().any(|class| name(&class.metadata) == wanted) => return None,
        Some(wanted) => format!("ingress {title} names class {wanted}, which does not exist"),
        None if has_mark(&ingress.metadata, CLASS_OF_OLD, None) => return None,
        None if classes.iter().any(|class| has_mark(&class.metadata, DEFAULT_CLASS, Some("true"))) => return None,
        None => format!("ingress {title} names no class, and the cluster has no default"),
    };
    let classes: Vec<_> = classes.iter().map(|class| name(&class.metadata)).collect();
    Some(
        report(codes::INGRESS_CLASS_MISSING, place(ingress), text, since)
            .grace(GRACE)
            .with_evidence(Evidence::field("ingressclasses", classes.join(", ")))
            .with_hint("name a class that exists in ingressClassName, or install an ingress controller"),
    )
}

/// True if an object has an annotation, of this value if one is named.
fn has_mark(meta: &ObjectMeta, key: &str, value: Option<&str>) -> bool {
    let found = meta.annotations.as_ref().and_then(|marks| marks.get(key));
    found.is_some_and(|found| value.is_none_or(|value| value == found))
}

fn to_service(scene: &Scene<'_>, ingress: &Ingress, backend: &IngressBackend) -> Option<Finding> {
    let wanted = backend.service.as_ref()?;
    if !scene.view.was_read("services") {
        return None;
    }
    let since = instant(ingress.metadata.creation_timestamp.as_ref());
    let title = name(&ingress.metadata);
    let Some(service) = scene.view.services.iter().find(|one| name(&one.metadata) == wanted.name) else {
        let text = format!("ingress {title} leads to service {}, which does not exist", wanted.name);
        return Some(
            report(codes::SERVICE_MISSING, place(ingress), text, since)
                .grace(GRACE)
                .with_evidence(Evidence::field("backend.service.name", wanted.name.clone()))
                .with_hint(format!("make service {}, or correct the name in the ingress", wanted.name)),
        );
    };
    let port = wanted.port.as_ref()?;
    let has = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten()).any(|one| {
        port.number.is_some_and(|number| number == one.port) || (port.name.is_some() && port.name == one.name)
    });
    if has {
        return None;
    }
    let shown = port.name.clone().or_else(|| port.number.map(|number| number.to_string())).unwrap_or_default();
    let text = format!("ingress {title} leads to port {shown} of service {}, which has no such port", wanted.name);
    Some(
        report(codes::INGRESS_PORT_UNKNOWN, place(ingress), text, since)
            .with_evidence(Evidence::field("backend.service.port", shown))
            .with_hint("name a port of the service in the ingress"),
    )
}

/// Secrets of certificates that are not there, or hold none.
fn certificates(scene: &Scene<'_>, ingress: &Ingress) -> Vec<Finding> {
    let since = instant(ingress.metadata.creation_timestamp.as_ref());
    let title = name(&ingress.metadata);
    let mut found: Vec<Finding> = Vec::new();
    for source in sources::of_ingress(ingress) {
        let secret = &source.name;
        let (code, text, hint) = match source.presence(scene) {
            Presence::Fine => continue,
            Presence::Absent => (
                codes::SECRET_MISSING,
                format!("ingress {title} takes its certificate from secret {secret}, which is not there"),
                format!("make secret {secret}, or look at whoever issues the certificate"),
            ),
            Presence::Keyless => (
                codes::SECRET_KEY_MISSING,
                format!("ingress {title} takes its certificate from secret {secret}, which holds none"),
                format!("a secret of a certificate has tls.crt and tls.key: make {secret} with type kubernetes.io/tls"),
            ),
        };
        if found.iter().any(|known| known.message == text) {
            continue;
        }
        let finding = report(code, place(ingress), text, since)
            // Whoever issues certificates makes it later.
            .grace(120)
            .with_evidence(Evidence::field("spec.tls.secretName", source.title()))
            .with_hint(hint);
        found.push(finding);
    }
    found
}
