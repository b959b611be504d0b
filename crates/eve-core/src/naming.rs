//! Names that Eve derives: no two inputs share one, whatever had to be replaced or cut.

use crate::{Digest, EnvironmentId, HostName, ObjectName, Result, ServiceName};

/// Longest DNS label.
const MAX_DNS_LABEL: usize = 63;
/// Hexadecimal digits of the hash that keeps shortened names apart.
const HASH: usize = 8;

/// A DNS label made of `text`: lower-case letters, digits and dashes, at most 63 characters.
///
/// Text that is a label already is returned unchanged. Where something had to be replaced or cut,
/// a hash of the whole text is appended, so that two texts never share a label.
pub fn label(text: &str) -> String {
    label_within(text, MAX_DNS_LABEL)
}

/// As [`label`], with at most `max` characters (at least 10).
pub fn label_within(text: &str, max: usize) -> String {
    let max = max.max(HASH + 2);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let c = c.to_ascii_lowercase();
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let trimmed = out.trim_end_matches('-');
    if trimmed == text && text.len() <= max && !text.is_empty() {
        return text.to_owned();
    }
    let keep = trimmed.len().min(max - HASH - 1);
    let stem = trimmed[..keep].trim_end_matches('-');
    let hash = Digest::of(text).short(HASH);
    if stem.is_empty() { format!("x-{hash}") } else { format!("{stem}-{hash}") }
}

/// The namespace that holds an environment's objects: `eve-{org}-{project}-{env}`.
///
/// The parts may contain dashes, so the text alone is ambiguous (`a-b`/`c` and `a`/`b-c`); where
/// any part has one, a hash of the three is appended.
pub fn namespace(env: &EnvironmentId) -> String {
    let plain = format!("eve-{}-{}-{}", env.org, env.project, env.env);
    unambiguous(env, &plain)
}

/// The public host of a service: `{service}.{org}-{project}-{env}.{domain}`.
///
/// Where organisation or environment have a dash, the text alone is ambiguous, and a hash of the three is appended.
///
/// # Errors
/// `name.invalid` if the domain makes the whole longer than a host name may be.
pub fn public_host(service: &ServiceName, env: &EnvironmentId, domain: &HostName) -> Result<HostName> {
    let plain = format!("{}-{}-{}", env.org, env.project, env.env);
    // First and last word tell the three apart; the last one is no hash of others.
    let is_hash = |text: &str| text.len() == HASH && text.bytes().all(|b| b.is_ascii_hexdigit());
    let is_clear = !env.org.as_str().contains('-') && !env.env.as_str().contains('-') && !is_hash(env.env.as_str());
    let middle = if is_clear { label(&plain) } else { with_hash(env, &plain) };
    HostName::new(format!("{}.{middle}.{domain}", label(service.as_str())))
}

/// The name of one instance of a service: what it was made from is in its name.
///
/// # Errors
/// `name.invalid` never happens for a valid service; the signature keeps the check.
pub fn instance(service: &ServiceName, hash: &Digest, replica: u32) -> Result<ObjectName> {
    let service = label_within(service.as_str(), 40);
    ObjectName::new(format!("{service}-{}-{replica}", hash.short(HASH)))
}

fn unambiguous(env: &EnvironmentId, plain: &str) -> String {
    let dashed = [env.org.as_str(), env.project.as_str(), env.env.as_str()].iter().any(|part| part.contains('-'));
    if !dashed {
        return label(plain);
    }
    with_hash(env, plain)
}

fn with_hash(env: &EnvironmentId, plain: &str) -> String {
    let hash = Digest::of(env.to_string()).short(HASH);
    let keep = plain.len().min(MAX_DNS_LABEL - HASH - 1);
    format!("{}-{hash}", plain[..keep].trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// Names of few letters, so that those that could be taken for each other are likely.
    fn environments() -> impl Strategy<Value = EnvironmentId> {
        let name = "[ab](-?[ab]){0,3}|[ab]{38}(-?[ab]){1}";
        (name, name, name)
            .prop_map(|(org, project, env)| EnvironmentId::parse(&format!("{org}/{project}/{env}")).unwrap())
    }

    proptest! {
        #[test]
        fn no_two_texts_have_one_label(a in "[aA_.é-]{0,6}|[aA]{62,66}", b in "[aA_.é-]{0,6}|[aA]{62,66}") {
            prop_assume!(a != b);
            prop_assert_ne!(label(&a), label(&b));
            prop_assert!(HostName::new(label(&a)).is_ok());
        }

        #[test]
        fn no_two_environments_have_one_namespace_or_one_host(all in prop::collection::hash_set(environments(), 2..20)) {
            let domain = HostName::new("x.org").unwrap();
            let services = ["web", "Web", "w.b", "w_b"].map(|name| ServiceName::new(name).unwrap());
            let namespaces: HashSet<_> = all.iter().map(namespace).collect();
            prop_assert_eq!(namespaces.len(), all.len());
            let hosts = all.iter().flat_map(|env| services.iter().map(|service| public_host(service, env, &domain).unwrap()));
            prop_assert_eq!(hosts.collect::<HashSet<_>>().len(), all.len() * services.len());
        }
    }

    #[test]
    fn a_host_has_a_hash_only_where_it_is_needed() {
        let host = |env: &str| {
            let web = ServiceName::new("web").unwrap();
            public_host(&web, &EnvironmentId::parse(env).unwrap(), &HostName::new("x.org").unwrap())
                .unwrap()
                .to_string()
        };
        assert_eq!(host("acme/my-app/prod"), "web.acme-my-app-prod.x.org");
        assert_ne!(host("acme-my/app/prod"), host("acme/my/app-prod"));
        let stolen = host("a-b/c/d");
        let hash = &stolen["web.a-b-c-d-".len()..][..HASH];
        assert_ne!(host(&format!("a/b-c-d/{hash}")), stolen);
    }

    #[test]
    fn a_label_is_kept_as_it_is() {
        assert_eq!(label("web-1"), "web-1");
    }

    #[test]
    fn what_is_replaced_or_cut_keeps_names_apart() {
        let long = "a".repeat(70);
        let longer = "a".repeat(71);
        for (a, b) in [("Web", "web"), ("a_b", "a.b"), (&*long, &*longer), ("é", "ü")] {
            assert_ne!(label(a), label(b));
            assert!(label(a).len() <= 63 && label(b).len() <= 63);
        }
    }

    #[test]
    fn environments_that_join_to_the_same_text_have_their_own_namespaces() {
        let a = EnvironmentId::parse("a-b/c/d").unwrap();
        let b = EnvironmentId::parse("a/b-c/d").unwrap();
        assert_ne!(namespace(&a), namespace(&b));
        assert_eq!(namespace(&EnvironmentId::parse("acme/shop/prod").unwrap()), "eve-acme-shop-prod");
    }
}
