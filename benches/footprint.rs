//! What the engine adds to a host program when idle, in resident memory. The goal is at most 15 MB.
//!
//! `cargo bench --bench footprint`

use std::time::Duration;

use eve::{Embedded, EmbeddedConfig, EnvironmentId};

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let before = resident();
        let dir = tempfile::tempdir().expect("a temporary folder");
        let eve = Embedded::open(EmbeddedConfig::new(dir.path())).await.expect("the engine opens");
        let env = EnvironmentId::parse("acme/shop/sandbox").expect("a valid address");
        let health = eve.engine().health(&env).await.expect("the health of an empty environment");
        tokio::time::sleep(Duration::from_secs(2)).await;
        let after = resident();
        println!("host program alone      {before:>8} kB");
        println!("with an idle engine     {after:>8} kB (health of nothing: {})", health.status);
        println!("the engine adds         {:>8} kB of 15360 kB allowed", after - before);
        eve.shutdown().await;
        assert!(after - before <= 15 * 1024, "the engine adds more than 15 MB");
    });
}

/// Resident memory of this process in kB, where the system tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a Linux /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the line VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a number of kB")
}
