//! Secrets.

use super::shop::Shop;

/// What must be found nowhere but in the store.
const TEXT: &str = "s3cr3t-text-of-a-test";

#[test]
fn every_missing_secret_is_named_at_once() {
    let shop = Shop::new();
    let with_secrets = "    environment:\n      A: ${secret.FIRST}\n      B: ${secret.SECOND}\n";
    shop.manifest(&shop.text().replace("environments:\n", &format!("{with_secrets}environments:\n")));
    for args in [&["plan", "sandbox", "-o", "json"] as &[&str], &["env", "deploy", "sandbox", "-o", "json"]] {
        let ended = shop.eve(args);
        assert_eq!(ended.error(1), "secret.missing");
        let message = ended.last()["error"]["message"].to_string();
        assert!(message.contains("FIRST") && message.contains("SECOND"), "{message}");
    }
    assert!(shop.nappers().is_empty());
}

#[test]
fn a_secret_is_stored_listed_by_name_and_removed() {
    let shop = Shop::new();
    let stored = shop.eve_with(&["secret", "set", "TOKEN", "-o", "json"], &format!("{TEXT}\n"), &[]);
    stored.expect(0, "ok");
    let again = shop.eve_with(&["secret", "set", "TOKEN", "--from-env", "IT", "-o", "json"], "", &[("IT", TEXT)]);
    assert_eq!(stored.last()["version"], again.last()["version"], "the line feed is no part of the text");

    let listed = shop.eve(&["secret", "list", "-o", "json"]);
    assert_eq!(listed.expect(0, "ok")["secrets"][0]["name"], "TOKEN");
    for ended in [&stored, &again, &listed] {
        assert!(!ended.stdout.contains(TEXT) && !ended.stderr.contains(TEXT));
    }

    shop.eve(&["secret", "delete", "TOKEN", "-o", "json"]).expect(0, "ok");
    assert_eq!(shop.eve(&["secret", "delete", "TOKEN", "-o", "json"]).error(1), "secret.missing");
}

#[test]
fn an_empty_secret_is_refused() {
    let shop = Shop::new();
    assert_eq!(shop.eve_with(&["secret", "set", "TOKEN", "-o", "json"], "\n", &[]).error(64), "usage.invalid");
}
