//! Reads a namespace into a view.

use std::time::{SystemTime, UNIX_EPOCH};

use eve_core::Timestamp;
use futures_util::join;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret};
use kube::{Api, Client};

use super::lists::{Listed, Lists};
use super::scrub::Scrub as _;
use super::{CollectOptions, keys, tails};
use crate::diagnosis::{ClusterView, Unread, UnreadCause};

/// Reads a namespace into a view: one list a kind, at once. It changes nothing.
///
/// What cannot be read is told in [`ClusterView::unread`]. Values of secrets and config maps are
/// never kept; the keys of those are read that a troubled pod refers to by key.
pub async fn collect(client: Client, namespace: &str, options: &CollectOptions) -> ClusterView {
    let mut view = ClusterView::new(namespace, now());
    view.asked.clone_from(&options.asked);
    let lists = Lists { client, namespace: namespace.to_owned(), timeout: options.timeout };
    // Listing what is in an absent namespace is no error: it is asked for directly.
    let api: Api<Namespace> = Api::all(lists.client.clone());
    match lists.within("namespaces", api.get(namespace)).await {
        Ok(mut found) => {
            found.scrub();
            view.namespace_object = Some(found);
        }
        Err(unread) if unread.cause == UnreadCause::NotServed => {
            view.namespace_is_absent = true;
            return view;
        }
        Err(unread) if unread.cause == UnreadCause::Denied => view.unread.push(unread),
        Err(unread) => {
            view.unread.push(Unread { what: "*".to_owned(), ..unread });
            return view;
        }
    }
    Box::pin(read_lists(&lists, &mut view)).await;
    keys::read(&lists, &mut view).await;
    tails::read(&lists, options, &mut view).await;
    // Whatever was answered was so before now.
    view.at = now();
    view
}

/// The view of somebody who found no way to the cluster.
pub fn unreachable(namespace: &str, why: Unread) -> ClusterView {
    let mut view = ClusterView::new(namespace, now());
    view.unread.push(why);
    view
}

/// Reads every kind at once, each into its field.
async fn read_lists(lists: &Lists, view: &mut ClusterView) {
    macro_rules! read {
        ($($field:ident: $list:expr,)*) => {
            let ($($field,)*) = join!($($list,)*);
            $(keep(&mut view.$field, &mut view.unread, $field);)*
        };
    }
    read! {
        pods: lists.in_namespace("pods"),
        events: lists.in_namespace("events"),
        deployments: lists.in_namespace("deployments"),
        replica_sets: lists.in_namespace("replicasets"),
        stateful_sets: lists.in_namespace("statefulsets"),
        daemon_sets: lists.in_namespace("daemonsets"),
        jobs: lists.in_namespace("jobs"),
        cron_jobs: lists.in_namespace("cronjobs"),
        services: lists.in_namespace("services"),
        endpoint_slices: lists.in_namespace("endpointslices"),
        claims: lists.in_namespace("persistentvolumeclaims"),
        service_accounts: lists.in_namespace("serviceaccounts"),
        quotas: lists.in_namespace("resourcequotas"),
        limit_ranges: lists.in_namespace("limitranges"),
        ingresses: lists.in_namespace("ingresses"),
        http_routes: lists.http_routes(),
        network_policies: lists.in_namespace("networkpolicies"),
        disruption_budgets: lists.in_namespace("poddisruptionbudgets"),
        autoscalers: lists.in_namespace("horizontalpodautoscalers"),
        nodes: lists.in_cluster("nodes"),
        volumes: lists.in_cluster("persistentvolumes"),
        storage_classes: lists.in_cluster("storageclasses"),
        ingress_classes: lists.in_cluster("ingressclasses"),
        config_maps: lists.names::<ConfigMap>("configmaps"),
        secrets: lists.names::<Secret>("secrets"),
    }
}

fn keep<K>(into: &mut Vec<K>, unread: &mut Vec<Unread>, listed: Listed<K>) {
    match listed {
        Ok(items) => *into = items,
        Err(why) => unread.push(why),
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or_default())
}
