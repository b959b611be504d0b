//! Images that cannot be had.

use eve_core::{Evidence, Finding, Timestamp, codes};

use super::pulls::PullFault;
use crate::diagnosis::container::Container;
use crate::diagnosis::happening::Happening;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::Scene;

/// How long a pull may fail for a reason that is most likely to last.
const LASTING: u64 = 30;
/// How long nobody may be there.
const ABSENCE: u64 = 60;
/// How long what is most likely to pass may last.
const PASSING: u64 = 120;

/// True if a container waits for its image for that reason.
pub(super) fn is_of_images(reason: &str) -> bool {
    matches!(
        reason,
        "ErrImagePull"
            | "ImagePullBackOff"
            | "ErrImageNeverPull"
            | "InvalidImageName"
            | "ImageInspectError"
            | "RegistryUnavailable"
            | "SignatureValidationFailed"
            | "ImageVolumeMountFailed"
            | "ErrImagePullBackOff"
    )
}

/// Why a container's image cannot be had.
pub(super) fn judge(scene: &Scene<'_>, container: &Container<'_>) -> Finding {
    let waiting = container.waiting();
    let reason = waiting.and_then(|waiting| waiting.reason.as_deref()).unwrap_or_default();
    let message = waiting.and_then(|waiting| waiting.message.as_deref()).unwrap_or_default();
    let image = container.spec.and_then(|spec| spec.image.as_deref()).unwrap_or(&container.status.image);
    let told = told(scene, container);
    let since = told.map_or_else(|| container.pod_start(), Happening::first);
    let by_status = Evidence::field(container.path("state.waiting.reason"), reason);
    let make = |code, means: &str| {
        let text = format!("image {image} of {} cannot be had: {means}", container.title());
        report(code, container.place(), text, since).with_evidence(by_status.clone())
    };
    let finding = match reason {
        "ErrImageNeverPull" => make(codes::IMAGE_NEVER_PULL, "it may not be pulled and is not on the node")
            .with_hint("put the image on the node, or let it be pulled (imagePullPolicy: IfNotPresent)"),
        "InvalidImageName" => make(codes::IMAGE_MALFORMED, "its name cannot be read")
            .with_hint("an image is named [registry/]repository[:tag][@digest], with a repository of lower case"),
        "SignatureValidationFailed" => pulled(scene, PullFault::Signature, since, make),
        "RegistryUnavailable" => pulled(scene, PullFault::Unwell, since, make),
        "ImageInspectError" => make(codes::IMAGE_PULL_FAILED, "the node cannot read what it has of it")
            .for_platform_to_change()
            .with_hint("remove the image from the node, and let it be pulled again"),
        _ => pulled(scene, detail(message, told), since, make),
    };
    let finding = if message.is_empty() {
        finding
    } else {
        finding.with_evidence(Evidence::field(container.path("state.waiting.message"), message))
    };
    with_pull_secrets(
        scene,
        container,
        match told {
            Some(told) => finding.with_evidence(told.evidence()),
            None => finding,
        },
    )
}

fn pulled(
    scene: &Scene<'_>,
    fault: PullFault,
    since: Timestamp,
    make: impl Fn(eve_core::Code, &str) -> Finding,
) -> Finding {
    let finding = make(fault.code(), fault.means()).with_hint(fault.hint());
    match fault {
        PullFault::NotFound | PullFault::Denied | PullFault::WrongPlatform | PullFault::Signature => {
            finding.grace(LASTING)
        }
        PullFault::Untrusted => finding.for_platform_to_change().grace(LASTING),
        PullFault::NoSpace | PullFault::Absent | PullFault::Other => finding.of_platform().grace(ABSENCE),
        // It may pass, so a wait goes on for a while; what does not pass is a failure after all.
        PullFault::RateLimited | PullFault::Unwell if scene.since(since).as_secs() < PASSING => {
            finding.of_platform().wait()
        }
        PullFault::RateLimited | PullFault::Unwell => finding.of_platform().grace(PASSING),
    }
}

/// The most telling text: back-off says nothing of its cause on older clusters.
fn detail(message: &str, told: Option<Happening<'_>>) -> PullFault {
    match PullFault::of(message) {
        PullFault::Other => told.map_or(PullFault::Other, |told| PullFault::of(told.message())),
        fault => fault,
    }
}

/// What was reported of the pull itself, however long ago.
fn told<'a>(scene: &Scene<'a>, container: &Container<'_>) -> Option<Happening<'a>> {
    let about = |happening: &&Happening<'a>| {
        happening.concerns(container.name())
            && matches!(happening.reason(), "Failed" | "InspectFailed" | "ErrImageNeverPull")
    };
    let all = || scene.happenings(container.pod).iter().filter(about);
    // "Error: ErrImagePull" is reported beside the text that says why.
    all().find(|happening| PullFault::of(happening.message()) != PullFault::Other).or_else(|| all().next()).copied()
}

/// A pull secret that is not there is no fault where the pull works; where it does not, it is told.
fn with_pull_secrets(scene: &Scene<'_>, container: &Container<'_>, finding: Finding) -> Finding {
    let wanted = container.pod.spec.iter().flat_map(|spec| spec.image_pull_secrets.iter().flatten());
    let absent = wanted.map(|secret| secret.name.as_str()).find(|wanted| {
        scene.view.was_read("secrets") && !scene.view.secrets.iter().any(|secret| secret.name == *wanted)
    });
    let Some(absent) = absent.filter(|_| finding.code == codes::IMAGE_DENIED || finding.code == codes::IMAGE_NOT_FOUND)
    else {
        return finding;
    };
    finding
        .with_evidence(Evidence::field("spec.imagePullSecrets", format!("secret {absent} does not exist")))
        .with_hint(format!("make the pull secret {absent}, which the pod names and which does not exist"))
}
