//! Waits that end.

use std::time::Duration;

/// Waits for a condition, far longer than it takes on any machine.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..12_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited in vain for {what}");
}
