//! `eve cleanup`.

use super::shop::Shop;

#[test]
fn what_no_environment_needs_is_removed_and_a_rollback_still_works() {
    let shop = Shop::new();
    for release in ["1", "2", "3"] {
        shop.release(release);
        shop.eve(&["env", "deploy", "sandbox", "-o", "json"]).expect(0, "ok");
    }
    let planned = shop.eve(&["cleanup", "--dry-run", "-o", "json"]).expect(0, "ok");
    assert_eq!(
        (&planned["dry_run"], planned["removed"].as_array().map(Vec::len)),
        (&true.into(), Some(1)),
        "{planned}"
    );
    let done = shop.eve(&["cleanup", "-o", "json"]).expect(0, "ok");
    assert_eq!(done["removed"], planned["removed"]);
    let kept = done["kept"].as_array().expect("it is a list");
    let mut why: Vec<_> = kept.iter().map(|one| one["kept_for"][0]["why"].to_string()).collect();
    why.sort();
    assert_eq!(why, ["\"rollback\"", "\"running\""], "{done}");
    let again = shop.eve(&["cleanup"]);
    assert!(again.code == 0 && again.stdout.ends_with("0 of 2 removed, 0 kB\n"), "{}", again.stdout);
    shop.eve(&["env", "rollback", "sandbox", "-o", "json"]).expect(0, "ok");
    shop.eve(&["env", "delete", "sandbox", "--yes", "-o", "json"]).expect(0, "ok");
    let last = shop.eve(&["cleanup", "-o", "json"]).expect(0, "ok");
    assert_eq!(last["removed"].as_array().map(Vec::len), Some(2), "{last}");
}
