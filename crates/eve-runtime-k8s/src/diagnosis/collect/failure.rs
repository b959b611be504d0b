//! What a failed request means.

use std::time::Duration;

use kube::Error;

use crate::diagnosis::{Unread, UnreadCause};

/// What could not be read, by how the request failed.
pub(super) fn unread(what: &str, error: &Error) -> Unread {
    let cause = match error {
        Error::Api(status) => match status.code {
            401 => UnreadCause::Unauthenticated,
            403 => UnreadCause::Denied,
            404 => UnreadCause::NotServed,
            _ => UnreadCause::Refused,
        },
        Error::Auth(_) => UnreadCause::Unauthenticated,
        Error::InferConfig(_) | Error::InferKubeconfig(_) => UnreadCause::Unconfigured,
        Error::SerdeError(_) | Error::BuildRequest(_) | Error::FromUtf8(_) => UnreadCause::Refused,
        _ => UnreadCause::Unreachable,
    };
    let message = match error {
        Error::Api(status) => format!("{} {}: {}", status.code, status.reason, status.message),
        other => chain(other),
    };
    Unread::new(what, cause, message)
}

/// What could not be read in time.
pub(super) fn late(what: &str, timeout: Duration) -> Unread {
    Unread::new(what, UnreadCause::Unreachable, format!("no answer within {} s", timeout.as_secs()))
}

/// An error with its causes, each once.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(one) = cause {
        let more = one.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = one.source();
    }
    text
}
