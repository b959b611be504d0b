//! Command lines that cannot be understood.

use super::shop::Shop;

#[test]
fn what_the_parser_refuses_exits_with_64() {
    let shop = Shop::new();
    for args in [
        &[] as &[&str],
        &["deploy"],
        &["env", "deploy"],
        &["env", "deploy", "Not A Name"],
        &["plan", "sandbox", "--runtime", "abacus"],
        &["plan", "sandbox", "--org", "A B"],
        &["secret", "set", "TOKEN", "in-plain-sight"],
    ] {
        let ended = shop.eve(args);
        assert_eq!(ended.code, 64, "{args:?}: {}", ended.stderr);
        assert!(ended.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn a_refused_command_line_is_an_object_where_json_is_asked_for() {
    let shop = Shop::new();
    assert_eq!(shop.eve(&["-o", "json", "plan"]).error(64), "usage.invalid");
}

#[test]
fn help_and_version_are_asked_for_and_no_failure() {
    let shop = Shop::new();
    for args in [&["--help"] as &[&str], &["env", "--help"], &["--version"]] {
        let ended = shop.eve(args);
        assert_eq!(ended.code, 0, "{args:?}");
        assert!(ended.stdout.contains("eve") && ended.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn a_deletion_that_nobody_confirms_exits_with_64() {
    let shop = Shop::new();
    assert_eq!(shop.eve(&["env", "delete", "sandbox", "-o", "json"]).error(64), "usage.unconfirmed");
}
