//! Namespaces that are looked at, where there is no cluster.

use std::fs;

use super::shop::{Ended, Shop};

const NOBODY: &str = "apiVersion: v1
kind: Config
current-context: nobody
contexts: [{ name: nobody, context: { cluster: nobody, user: nobody } }]
clusters: [{ name: nobody, cluster: { server: 'http://127.0.0.1:1' } }]
users: [{ name: nobody, user: {} }]
";

fn diagnose(shop: &Shop, more: &[&str]) -> Ended {
    let kubeconfig = shop.path("kubeconfig");
    fs::write(&kubeconfig, NOBODY).expect("the file can be written");
    let kubeconfig = kubeconfig.to_str().expect("the path is text");
    let args = ["diagnose", "--runtime", "k8s", "--namespace", "shop", "--kubeconfig", kubeconfig];
    shop.eve(&[&args[..], more].concat())
}

#[test]
fn a_cluster_that_cannot_be_reached_is_a_finding() {
    let shop = Shop::new();
    let last = diagnose(&shop, &["-o", "json"]).expect(1, "found");
    let finding = &last["findings"][0];
    assert_eq!(finding["code"], "backend.unavailable", "{last}");
    for (key, value) in [("verdict", "terminal"), ("owner", "platform"), ("retry", "back_off")] {
        assert_eq!(finding[key], value, "{key}");
    }
    for key in ["subject", "message", "hint", "evidence"] {
        assert!(!finding[key].is_null(), "{key}");
    }
    let people = diagnose(&shop, &[]);
    assert!(people.code == 1 && people.stdout.starts_with("terminal[backend.unavailable]"), "{}", people.stdout);
}

#[test]
fn a_cluster_that_nobody_names_is_a_finding() {
    let shop = Shop::new();
    for more in [["--context", "absent"], ["--kubeconfig", "/nowhere/at/all"]] {
        let args = ["diagnose", "--runtime", "k8s", "-n", "shop", "-o", "json"];
        let last = shop.eve_with(&[&args[..], &more].concat(), "", &[("KUBECONFIG", "/nowhere")]).expect(1, "found");
        assert_eq!(last["findings"][0]["code"], "backend.unconfigured", "{last}");
    }
}

#[test]
fn looking_at_a_namespace_leaves_nothing_behind() {
    let shop = Shop::new();
    diagnose(&shop, &[]);
    assert!(!shop.path(".eve/state").exists());
}

#[test]
fn namespaces_are_those_of_a_cluster() {
    let shop = Shop::new();
    assert_eq!(shop.eve(&["diagnose", "--namespace", "shop", "-o", "json"]).error(64), "usage.invalid");
    for more in [&["web"] as &[&str], &["table/web"], &["service/"]] {
        assert_eq!(diagnose(&shop, more).code, 64, "{more:?}");
    }
    assert_eq!(shop.eve(&["diagnose", "--runtime", "k8s"]).code, 64);
}
