use eve_core::{Code, codes};

use super::*;
use crate::diagnosis::ClusterView;

fn read_text(message: &str) -> Finding {
    let view = ClusterView::new("shop", Timestamp::default());
    read(&Scene::new(&view), &Place::new("Deployment", "web"), message, Timestamp::default())
}

#[test]
fn refusals_are_told_apart() {
    let cases: &[(&str, Code)] = &[
        (
            r#"pods "web-1" is forbidden: exceeded quota: small, requested: limits.cpu=1, used: limits.cpu=1, limited: limits.cpu=1"#,
            codes::QUOTA_EXCEEDED,
        ),
        (
            r#"pods "web-1" is forbidden: failed quota: small: must specify limits.cpu for: main"#,
            codes::QUOTA_UNSPECIFIED,
        ),
        (
            r#"pods "web-1" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "main" must set …)"#,
            codes::ADMISSION_POD_SECURITY,
        ),
        (
            r#"Internal error occurred: failed calling webhook "a.example.com": failed to call webhook: Post "https://hook.shop.svc:443/": service "hook" not found"#,
            codes::ADMISSION_WEBHOOK_UNAVAILABLE,
        ),
        (r#"admission webhook "a.example.com" denied the request: no"#, codes::ADMISSION_DENIED),
        (
            r#"pods "web-1" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'all' denied request: no"#,
            codes::ADMISSION_DENIED,
        ),
        (
            r#"pods "web-1" is forbidden: error looking up service account shop/robot: serviceaccount "robot" not found"#,
            codes::SERVICE_ACCOUNT_MISSING,
        ),
        (r#"pods "web-1" is forbidden: no PriorityClass with name urgent was found"#, codes::PRIORITY_CLASS_MISSING),
        (r#"pods "web-1" is forbidden: pod rejected: RuntimeClass "gvisor" not found"#, codes::RUNTIME_CLASS_MISSING),
        (
            r#"pods "web-1" is forbidden: maximum cpu usage per Container is 1, but limit is 2"#,
            codes::LIMIT_RANGE_VIOLATED,
        ),
        (
            r#"Error creating: pods "web-1" is forbidden: unable to create new content in namespace shop because it is being terminated"#,
            codes::NAMESPACE_TERMINATING,
        ),
        (r#"Pod "web-1" is invalid: spec.containers[0].image: Required value"#, codes::ADMISSION_INVALID),
        (r#"pods "web-1" is forbidden: words of a later version"#, codes::ADMISSION_FORBIDDEN),
        ("words of a later version", codes::WORKLOAD_NOT_MADE),
    ];
    for (message, code) in cases {
        let finding = read_text(message);
        assert_eq!(finding.code, *code, "{message}");
        assert!(finding.hint.is_some(), "{message}");
    }
}

#[test]
fn what_asks_for_more_than_a_whole_quota_never_fits() {
    let ask = |requested: &str| {
        read_text(&format!(
            r#"pods "a" is forbidden: exceeded quota: q, requested: pods=1,requests.memory={requested}, used: pods=1,requests.memory=1Gi, limited: pods=3,requests.memory=2Gi"#
        ))
    };
    assert_eq!(ask("3Gi").verdict, Verdict::Terminal);
    assert!(matches!(ask("1500Mi").verdict, Verdict::Grace(_)));
}
