//! What keeps a pod from starting. Pure.

use eve_core::{Error, codes};
use k8s_openapi::api::core::v1::Pod;

use crate::runtime::pods;

/// Why a pod will not start by itself; none while it may, or has.
pub(super) fn of(pod: &Pod, name: &str) -> Option<Error> {
    let container = pods::container(pod)?;
    let state = container.state.as_ref()?;
    if let Some(end) = &state.terminated
        && end.reason.as_deref() == Some("StartError")
    {
        let text = format!("{name} cannot be started: {}", end.message.as_deref().unwrap_or_default().trim());
        return Some(
            Error::failed(codes::WORKLOAD_CANNOT_START, text).with_hint("the command is looked for inside the image"),
        );
    }
    let waiting = state.waiting.as_ref()?;
    let message = waiting.message.as_deref().unwrap_or_default().trim();
    let text = |what: &str| format!("{name} {what}: {message}");
    match waiting.reason.as_deref()? {
        "ErrImagePull" | "ImagePullBackOff" if !message.contains("not found") => None,
        "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" => Some(
            Error::not_found(codes::IMAGE_NOT_FOUND, text("has an image that cannot be had"))
                .with_hint("look at the image's name and at the pull secret"),
        ),
        "InvalidImageName" => {
            Some(Error::invalid(codes::IMAGE_MALFORMED, text("has an image name that cannot be read")))
        }
        "CreateContainerError" | "RunContainerError" => {
            Some(Error::failed(codes::WORKLOAD_CANNOT_START, text("cannot be started")))
        }
        _ => None,
    }
}
