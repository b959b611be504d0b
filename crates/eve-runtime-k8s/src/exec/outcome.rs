//! What the cluster says of how a command ended. Pure.

use eve_core::{Error, ExecItem, Exit, Result, codes};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;

/// The words of whoever starts commands for one that is not there, or is none.
const NO_PROGRAM: [&str; 4] =
    ["executable file not found", "no such file or directory", "permission denied", "exec format error"];

/// How a command ended, by its status.
///
/// # Errors
/// `workload.cannot_start` if it was never started; `backend.unavailable` if that is not known.
pub(super) fn of(status: &Status, program: &str) -> Result<ExecItem> {
    if status.status.as_deref() == Some("Success") {
        return Ok(ExecItem::Ended { exit: Exit::Code(0) });
    }
    let causes = status.details.iter().flat_map(|details| details.causes.iter().flatten());
    let code = causes.into_iter().find(|cause| cause.reason.as_deref() == Some("ExitCode"));
    if let Some(code) = code.and_then(|cause| cause.message.as_deref()?.parse().ok()) {
        return Ok(ExecItem::Ended { exit: Exit::Code(code) });
    }
    let message = status.message.as_deref().unwrap_or_default().trim();
    if NO_PROGRAM.iter().any(|words| message.contains(words)) {
        let text = format!("{program} cannot be started: {message}");
        return Err(Error::failed(codes::WORKLOAD_CANNOT_START, text)
            .with_hint("the command is looked for inside the image, and no shell reads it"));
    }
    let text = format!("how {program} ended is not known: {message}");
    Err(Error::unavailable(codes::BACKEND_UNAVAILABLE, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(text: &str) -> Status {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn an_exit_is_told_and_none_is_invented() {
        let well = status(r#"{ "status": "Success" }"#);
        assert_eq!(of(&well, "true").unwrap(), ExecItem::Ended { exit: Exit::Code(0) });
        let seven = status(
            r#"{ "status": "Failure", "reason": "NonZeroExitCode", "message": "command terminated with non-zero exit code",
                 "details": { "causes": [{ "reason": "ExitCode", "message": "7" }] } }"#,
        );
        assert_eq!(of(&seven, "false").unwrap(), ExecItem::Ended { exit: Exit::Code(7) });
        let absent = status(
            r#"{ "status": "Failure", "reason": "InternalError", "message": "exec: \"x\": executable file not found in $PATH" }"#,
        );
        assert_eq!(of(&absent, "x").unwrap_err().code(), &codes::WORKLOAD_CANNOT_START);
        let broken =
            status(r#"{ "status": "Failure", "reason": "InternalError", "message": "error dialing backend" }"#);
        assert_eq!(of(&broken, "x").unwrap_err().code(), &codes::BACKEND_UNAVAILABLE);
    }
}
