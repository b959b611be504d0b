//! What the text of a refused pod means.

use eve_core::{Evidence, Finding, Place, Timestamp, Verdict, codes};

use crate::diagnosis::quantity::Amount;
use crate::diagnosis::report::{Report, between, mentions, report};
use crate::diagnosis::scene::{Scene, name};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// How long a refusal may last that others may lift.
const GRACE: u64 = 60;

/// The finding for what the API server answered to whoever makes pods.
pub(super) fn read(scene: &Scene<'_>, place: &Place, message: &str, since: Timestamp) -> Finding {
    let title = format!("{} {}", place.kind, place.name);
    let make = |code, why: String| report(code, place.clone(), format!("{title} gets no pods: {why}"), since);
    let quoted = |before: &str| between(message, before, "\"").unwrap_or_default().to_owned();
    if mentions(message, &["exceeded quota:"]) {
        return quota(scene, message, make);
    }
    if mentions(message, &["failed quota:"]) {
        let what = message.split("must specify").nth(1).unwrap_or_default().trim();
        return make(codes::QUOTA_UNSPECIFIED, format!("a quota counts what its pods do not state: {what}"))
            .with_hint("state requests and limits for every container, or give the namespace defaults (LimitRange)");
    }
    if mentions(message, &["violates podsecurity"]) {
        let level = quoted("violates PodSecurity \"");
        let rules = message.split_once("\": ").map_or(message, |(_, rules)| rules);
        return make(
            codes::ADMISSION_POD_SECURITY,
            format!("its pods break the security level {level} of the namespace: {rules}"),
        )
        .with_hint("set what the level asks for in securityContext, or change the level of the namespace");
    }
    if mentions(message, &["failed calling webhook", "failed to call webhook"]) {
        let webhook = quoted("failed calling webhook \"");
        return make(
            codes::ADMISSION_WEBHOOK_UNAVAILABLE,
            format!("webhook {webhook}, which has to be asked, does not answer"),
        )
        .of_platform()
        .grace(GRACE)
        .with_hint("look at the webhook's service and certificate, or remove its configuration");
    }
    if mentions(message, &["denied the request", "denied request"]) {
        let by = quoted("admission webhook \"");
        let by = if by.is_empty() {
            between(message, "ValidatingAdmissionPolicy '", "'").unwrap_or("a policy").to_owned()
        } else {
            by
        };
        let said = ["denied the request", "denied request"].iter().find_map(|mark| message.split_once(mark));
        let said = said.map(|(_, said)| said.trim_start_matches(':').trim()).filter(|said| !said.is_empty());
        let why = said.map(|said| format!(": {said}")).unwrap_or_default();
        return make(codes::ADMISSION_DENIED, format!("{by} refuses its pods{why}"))
            .with_hint("do what the message asks for, or change the policy");
    }
    if mentions(message, &["error looking up service account", "serviceaccount \""])
        && mentions(message, &["not found"])
    {
        let account = quoted("serviceaccount \"");
        return make(codes::SERVICE_ACCOUNT_MISSING, format!("service account {account} does not exist"))
            .with_hint(format!("make service account {account}, or correct serviceAccountName"));
    }
    if mentions(message, &["no priorityclass with name"]) {
        let class = between(message, "with name ", " was found").unwrap_or_default();
        return make(codes::PRIORITY_CLASS_MISSING, format!("priority class {class} does not exist"))
            .with_hint("make the class, or correct priorityClassName");
    }
    if mentions(message, &["runtimeclass"]) {
        return make(codes::RUNTIME_CLASS_MISSING, "the runtime class of its pods does not exist".to_owned())
            .with_hint("make the class, or correct runtimeClassName");
    }
    if mentions(message, &["because it is being terminated"]) {
        return make(codes::NAMESPACE_TERMINATING, "the namespace is being deleted".to_owned())
            .with_hint("use another namespace, or wait until it is gone and make it anew");
    }
    if mentions(message, &["minimum ", "maximum ", "max limit to request ratio"])
        && mentions(message, &[" per container", " per pod", " per persistentvolumeclaim", "usage per", "ratio per"])
    {
        return make(
            codes::LIMIT_RANGE_VIOLATED,
            format!("a pod may not ask for that much or little: {}", why(message)),
        )
        .with_hint("change its requests and limits to what the LimitRange of the namespace allows");
    }
    if mentions(message, &["must be less than or equal to"]) && has_default_limits(scene) {
        return make(
            codes::LIMIT_RANGE_VIOLATED,
            format!("the LimitRange of the namespace gives its pods a limit below what they ask for: {}", why(message)),
        )
        .with_hint("state limits in the manifest, ask for less, or raise the default of the LimitRange");
    }
    if mentions(message, &["insufficient quota to match"]) {
        return make(codes::QUOTA_EXCEEDED, why(message))
            .for_platform_to_change()
            .grace(GRACE)
            .with_hint("make a quota for this scope (priority class), or use another one");
    }
    if mentions(message, &["is invalid:"]) {
        return make(codes::ADMISSION_INVALID, why(message))
            .with_hint("the message names the field: correct it in the manifest");
    }
    if mentions(message, &["is forbidden"]) {
        return make(codes::ADMISSION_FORBIDDEN, why(message))
            .grace(GRACE)
            .with_hint("the message says what is forbidden, and by whom");
    }
    make(codes::WORKLOAD_NOT_MADE, why(message))
        .of_platform()
        .grace(GRACE)
        .with_hint("the message has the API server's own words")
}

/// True if the namespace gives a limit to whoever states none.
fn has_default_limits(scene: &Scene<'_>) -> bool {
    let ranges = scene.view.limit_ranges.iter().filter_map(|range| range.spec.as_ref());
    ranges.flat_map(|spec| &spec.limits).any(|item| item.default.as_ref().is_some_and(|limits| !limits.is_empty()))
}

/// A quota that is used up may become free; what asks for more than all of it never fits.
fn quota(scene: &Scene<'_>, message: &str, make: impl Fn(eve_core::Code, String) -> Finding) -> Finding {
    let quota = between(message, "exceeded quota: ", ",").unwrap_or_default();
    let after = |key: &str| {
        let rest = &message[message.find(key).map_or(message.len(), |at| at + key.len())..];
        let end = rest.find(", used:").or_else(|| rest.find(", limited:")).unwrap_or(rest.len());
        rest[..end].trim().to_owned()
    };
    let (requested, limited) = (after("requested: "), after("limited: "));
    let never = pairs(&requested).iter().any(|(resource, asked)| {
        let limit = pairs(&limited).into_iter().find(|(one, _)| one == resource);
        matches!((amount(asked), limit.and_then(|(_, limit)| amount(&limit))), (Some(asked), Some(limit)) if asked > limit)
    });
    let finding = make(
        codes::QUOTA_EXCEEDED,
        format!("quota {quota} allows {limited}, and a pod asks for {requested} more than is left"),
    )
    .for_platform_to_change()
    .grace(GRACE)
    .with_evidence(Evidence::field("requested", requested))
    .with_evidence(Evidence::field("used", after("used: ")))
    .with_evidence(Evidence::field("limited", limited))
    .with_hint(format!("raise quota {quota}, ask for less, or let others end"));
    let finding = if never { finding.with_verdict(Verdict::Terminal) } else { finding };
    let status = scene.view.quotas.iter().find(|one| name(&one.metadata) == quota).and_then(|one| one.status.as_ref());
    status.iter().flat_map(|status| status.hard.iter().flatten()).fold(finding, |finding, (resource, hard)| {
        let used = status.and_then(|status| status.used.as_ref()?.get(resource)).map_or("?", |used| used.0.as_str());
        finding.with_evidence(Evidence::field(
            format!("resourcequotas[{quota}].{resource}"),
            format!("{used} of {}", hard.0),
        ))
    })
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let parts = text.split(',').filter_map(|part| part.trim().split_once('='));
    parts.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn amount(text: &str) -> Option<Amount> {
    Amount::parse(&Quantity(text.to_owned()))
}

/// The part of a message that says why.
fn why(message: &str) -> String {
    let rest = message.split_once("is forbidden: ").or_else(|| message.split_once("is invalid: "));
    rest.map_or(message, |(_, rest)| rest).to_owned()
}

#[cfg(test)]
mod tests;
