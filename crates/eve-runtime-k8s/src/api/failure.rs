//! What a refusal of the API means.

use eve_core::{Error, ErrorKind, codes};
use kube::core::response::Status;

/// True if what was named is not there.
pub(crate) fn is_gone(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 404)
}

/// True if an object is not in the state that was expected, or is there already.
pub(crate) fn is_conflict(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 409)
}

/// An answer that says no, or none at all, to what was tried.
pub(crate) fn unavailable(what: &str, error: kube::Error) -> Error {
    let kube::Error::Api(status) = &error else {
        return Error::unavailable(codes::BACKEND_UNAVAILABLE, format!("the cluster does not answer: {what}"))
            .with_hint("look whether the cluster of the kubeconfig's context can be reached")
            .with_source(error);
    };
    refused(what, status)
}

fn refused(what: &str, status: &Status) -> Error {
    let text = |how: &str| format!("{what}: {how}: {}", status.message);
    match status.code {
        401 => Error::denied(codes::ACCESS_UNAUTHENTICATED, text("the cluster does not know who asks"))
            .with_hint("look at the user of the kubeconfig's context, and whether its credentials have run out"),
        403 if status.message.contains("exceeded quota") || status.message.contains("failed quota") => {
            Error::exhausted(codes::QUOTA_EXCEEDED, text("a quota of the namespace is used up"))
                .with_hint("raise the quota, or ask for less")
        }
        403 if status.message.contains("violates PodSecurity") => {
            Error::denied(codes::ADMISSION_POD_SECURITY, text("the namespace's Pod Security level forbids it"))
        }
        403 if status.reason == "Forbidden" && status.message.contains("cannot ") => {
            Error::denied(codes::ACCESS_DENIED, text("a right is missing"))
                .with_hint("`eve rbac` prints the Role that is needed")
        }
        404 => Error::not_found(codes::OBJECT_MISSING, text("something that is needed is not there")),
        409 if conflicts(status).next().is_some() => {
            let fields: Vec<_> = conflicts(status).collect();
            Error::conflict(codes::OBJECT_CONFLICT, format!("{what}: others manage {}", fields.join(", ")))
                .with_hint("let them give the fields up, or leave them out of the manifest; nothing is ever forced")
        }
        409 => Error::conflict(codes::OBJECT_CHANGED, text("it changed meanwhile")).with_hint("plan again"),
        400 | 422 => Error::invalid(codes::ADMISSION_INVALID, text("the cluster does not take it")),
        403 => Error::denied(codes::ADMISSION_DENIED, text("the cluster's admission forbids it")),
        429 => Error::new(ErrorKind::Unavailable, codes::BACKEND_UNAVAILABLE, text("the cluster is overloaded")),
        _ => Error::unavailable(codes::BACKEND_UNAVAILABLE, text("the cluster fails")),
    }
}

/// The fields that other managers hold: `field (manager)`.
fn conflicts(status: &Status) -> impl Iterator<Item = String> {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    causes.filter(|cause| cause.reason == "FieldManagerConflict").map(|cause| {
        // conflict with "kubectl-edit" using apps/v1
        let manager = cause.message.split('"').nth(1).unwrap_or("somebody");
        format!("{} ({manager})", cause.field.trim_start_matches('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::core::response::{StatusCause, StatusDetails};

    fn status(code: u16, reason: &str, message: &str) -> Status {
        Status { code, reason: reason.to_owned(), message: message.to_owned(), ..Status::default() }
    }

    #[test]
    fn refusals_have_their_codes() {
        let cases = [
            (status(401, "Unauthorized", "Unauthorized"), codes::ACCESS_UNAUTHENTICATED),
            (
                status(403, "Forbidden", "deployments is forbidden: User \"x\" cannot list resource"),
                codes::ACCESS_DENIED,
            ),
            (
                status(403, "Forbidden", "pods \"a\" is forbidden: exceeded quota: q, requested: 1"),
                codes::QUOTA_EXCEEDED,
            ),
            (
                status(403, "Forbidden", "pods \"a\" is forbidden: violates PodSecurity \"x:latest\""),
                codes::ADMISSION_POD_SECURITY,
            ),
            (status(403, "Forbidden", "admission webhook \"w\" denied the request: no"), codes::ADMISSION_DENIED),
            (status(404, "NotFound", "namespaces \"x\" not found"), codes::OBJECT_MISSING),
            (status(409, "Conflict", "the object has been modified"), codes::OBJECT_CHANGED),
            (status(422, "Invalid", "spec.replicas: Invalid value"), codes::ADMISSION_INVALID),
            (status(429, "TooManyRequests", "later"), codes::BACKEND_UNAVAILABLE),
            (status(500, "InternalError", "etcd"), codes::BACKEND_UNAVAILABLE),
        ];
        for (status, code) in cases {
            assert_eq!(refused("a test", &status).code(), &code, "{}", status.message);
        }
    }

    #[test]
    fn a_conflict_names_fields_and_their_managers() {
        let cause = StatusCause {
            reason: "FieldManagerConflict".to_owned(),
            message: "conflict with \"kubectl-edit\" using apps/v1".to_owned(),
            field: ".spec.replicas".to_owned(),
        };
        let details = StatusDetails {
            name: String::new(),
            group: String::new(),
            kind: String::new(),
            uid: String::new(),
            causes: vec![cause],
            retry_after_seconds: 0,
        };
        let error = refused("applying", &Status { details: Some(details), ..status(409, "Conflict", "conflict") });
        assert_eq!(error.code(), &codes::OBJECT_CONFLICT);
        assert!(error.to_string().contains("spec.replicas (kubectl-edit)"), "{error}");
    }
}
