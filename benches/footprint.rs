//! What Eve costs when it is idle, in resident memory: the engine in a host program (at most 15 MB),
//! and the supervisor beside it (at most 10 MB).
//!
//! `cargo bench --bench footprint`

use std::time::Duration;

use eve::{Embedded, EmbeddedConfig, EnvironmentId, supervisor};

const SUPERVISOR: &str = env!("CARGO_BIN_EXE_eve-supervisor");

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let alone = resident("self");
        let dir = tempfile::tempdir().expect("a temporary folder");
        let everything = Embedded::open(EmbeddedConfig::new(dir.path().join("one"))).await.expect("the engine opens");
        let health = idle(&everything).await;
        let with_all = resident("self");
        everything.shutdown().await;

        let state = dir.path().join("two");
        let config = EmbeddedConfig::new(&state).with_supervisor(SUPERVISOR);
        let supervised = Embedded::open(config).await.expect("the engine opens");
        idle(&supervised).await;
        let pid = supervisor::holder(&state).expect("its lock can be read").expect("a supervisor runs");
        let held = resident(&pid.to_string());
        supervised.shutdown().await;
        supervisor::end(&state).await.expect("the supervisor ends");

        println!("host program alone              {alone:>8} kB");
        println!("with an idle engine, all in one {with_all:>8} kB (health of nothing: {health})");
        println!("the engine adds                 {:>8} kB of 15360 kB allowed", with_all - alone);
        println!("an idle supervisor              {held:>8} kB of 10240 kB allowed");
        // What is built for tests is larger, and nobody was promised anything about it.
        if !cfg!(debug_assertions) {
            assert!(with_all - alone <= 15 * 1024, "the engine adds more than 15 MB");
            assert!(held <= 10 * 1024, "an idle supervisor is larger than 10 MB");
        }
    });
}

/// Asks once, and lets everything come to rest.
async fn idle(eve: &Embedded) -> String {
    let env = EnvironmentId::parse("acme/shop/sandbox").expect("a valid address");
    let health = eve.engine().health(&env).await.expect("the health of an empty environment");
    tokio::time::sleep(Duration::from_secs(2)).await;
    health.status.to_string()
}

/// Resident memory of a process in kB, where the system tells.
fn resident(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a Linux /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the line VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a number of kB")
}
