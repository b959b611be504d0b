//! Rights, as the cluster counts them. Pure.

use std::collections::BTreeSet;

use k8s_openapi::api::authorization::v1::ResourceRule;

use crate::api::Kind;
use crate::config::{Ingress, K8sConfig};

/// What whoever makes objects has to be allowed.
const MAKES: &[&str] = &["create", "delete", "get", "list", "patch", "watch"];
/// What whoever follows objects has to be allowed.
const FOLLOWS: &[&str] = &["get", "list", "watch"];
/// What whoever looks has to be allowed.
const LOOKS: &[&str] = &["list"];

/// By what commands are run in pods.
const EXEC: &str = "pods/exec";

/// What is only read where something is wrong: without it, less is explained.
const EXPLAINS: &[(&str, &str)] = &[
    ("", "limitranges"),
    ("", "nodes"),
    ("", "persistentvolumes"),
    ("", "resourcequotas"),
    ("apps", "daemonsets"),
    ("apps", "replicasets"),
    ("autoscaling", "horizontalpodautoscalers"),
    ("batch", "cronjobs"),
    ("networking.k8s.io", "ingressclasses"),
    ("networking.k8s.io", "ingresses"),
    ("networking.k8s.io", "networkpolicies"),
    ("storage.k8s.io", "storageclasses"),
];

/// Something that may be done with a kind of objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Right {
    pub(super) group: &'static str,
    pub(super) resource: &'static str,
    pub(super) verb: &'static str,
}

/// The rights without which nothing can be held.
pub(super) fn needed(config: &K8sConfig) -> BTreeSet<Right> {
    let mut out = BTreeSet::new();
    let mut add = |kind: Kind, verbs: &[&'static str]| {
        let (group, _, _, resource) = kind.names();
        out.extend(verbs.iter().map(|verb| Right { group, resource, verb }));
    };
    for kind in Kind::MADE {
        add(kind, MAKES);
    }
    match &config.ingress {
        Ingress::Outside => {}
        Ingress::Class(_) => add(Kind::Ingress, MAKES),
        Ingress::Gateway(_) => add(Kind::HttpRoute, MAKES),
    }
    for kind in [Kind::Pod, Kind::EndpointSlice, Kind::Event] {
        add(kind, FOLLOWS);
    }
    // Who ends an attempt's pod by its own deadline learns how it ended.
    out.insert(Right { group: "", resource: "pods", verb: "patch" });
    out.insert(Right { group: "", resource: "pods/log", verb: "get" });
    if config.exec {
        // Which of the two is asked for depends on the cluster's version.
        out.extend(["create", "get"].map(|verb| Right { group: "", resource: EXEC, verb }));
    }
    out
}

/// The rights that help to explain what is wrong, and to see that a namespace is empty: without that one it stays.
pub(super) fn helpful() -> BTreeSet<Right> {
    let of = |(group, resource): &(&'static str, &'static str)| {
        let right = |verb: &&'static str| Right { group, resource, verb };
        LOOKS.iter().map(right).collect::<Vec<_>>()
    };
    // Before a namespace is removed, it is looked whether it holds something that is not Eve's, of whatever kind.
    let everything = Right { group: "*", resource: "*", verb: "list" };
    EXPLAINS.iter().flat_map(of).chain([everything]).collect()
}

/// Those of the rights that no rule grants.
pub(super) fn missing(wanted: &BTreeSet<Right>, rules: &[ResourceRule]) -> Vec<Right> {
    let grants = |rule: &ResourceRule, right: &Right| {
        let has = |list: Option<&Vec<String>>, wanted: &str| {
            list.is_some_and(|list| list.iter().any(|one| one == "*" || one == wanted))
        };
        // Of what is named, nothing can be listed or made.
        rule.resource_names.as_ref().is_none_or(Vec::is_empty)
            && has(rule.api_groups.as_ref(), right.group)
            && has(rule.resources.as_ref(), right.resource)
            && has(Some(&rule.verbs), right.verb)
    };
    wanted.iter().filter(|right| !rules.iter().any(|rule| grants(rule, right))).cloned().collect()
}

/// What is granted beyond every need, for people: rules that name everything, and rights to run commands in pods.
pub(super) fn excess(config: &K8sConfig, rules: &[ResourceRule]) -> Vec<String> {
    let names = |list: Option<&Vec<String>>, what: &str| list.is_some_and(|list| list.iter().any(|one| one == what));
    let mut out = BTreeSet::new();
    for rule in rules {
        let everything = names(rule.resources.as_ref(), "*") && names(rule.api_groups.as_ref(), "*");
        if everything && names(Some(&rule.verbs), "*") {
            out.insert("everything".to_owned());
        }
        for resource in [EXEC, "pods/attach", "pods/portforward"] {
            let is_needed = resource == EXEC && config.exec;
            if !is_needed && names(rule.resources.as_ref(), resource) {
                out.insert(resource.to_owned());
            }
        }
    }
    out.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(groups: &[&str], resources: &[&str], verbs: &[&str]) -> ResourceRule {
        let owned = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        ResourceRule {
            api_groups: Some(owned(groups)),
            resources: Some(owned(resources)),
            verbs: owned(verbs),
            resource_names: None,
        }
    }

    #[test]
    fn what_no_rule_grants_is_missing() {
        let wanted = needed(&K8sConfig::new());
        assert!(missing(&wanted, &[rule(&["*"], &["*"], &["*"])]).is_empty());
        let all_but_secrets: Vec<_> = wanted
            .iter()
            .filter(|right| right.resource != "secrets")
            .map(|right| rule(&[right.group], &[right.resource], &[right.verb]))
            .collect();
        let found = missing(&wanted, &all_but_secrets);
        assert_eq!(found.len(), MAKES.len());
        assert!(found.iter().all(|right| right.resource == "secrets"));
    }

    #[test]
    fn a_rule_for_one_name_is_no_right() {
        let mut named = rule(&["*"], &["*"], &["*"]);
        named.resource_names = Some(vec!["one".to_owned()]);
        assert_eq!(missing(&needed(&K8sConfig::new()), &[named]).len(), needed(&K8sConfig::new()).len());
    }

    #[test]
    fn more_than_is_needed_is_told() {
        let config = K8sConfig::new();
        assert_eq!(excess(&config, &[rule(&["*"], &["*"], &["*"])]), ["everything"]);
        assert_eq!(excess(&config, &[rule(&[""], &["pods/exec"], &["create"])]), ["pods/exec"]);
        assert!(excess(&config, &[rule(&[""], &["pods"], &["get"])]).is_empty());
    }

    #[test]
    fn running_commands_takes_a_right_where_it_is_on_and_none_where_it_is_not() {
        let (off, on) = (K8sConfig::new(), K8sConfig::new().with_exec(true));
        let runs = |config| needed(config).into_iter().filter(|right| right.resource == EXEC).count();
        assert_eq!((runs(&off), runs(&on)), (0, 2));
        assert!(excess(&on, &[rule(&[""], &["pods/exec"], &["create"])]).is_empty(), "it is needed");
    }
}
