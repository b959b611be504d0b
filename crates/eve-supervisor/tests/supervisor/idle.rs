//! Ending when nothing is held.

use std::time::Duration;

use eve_core::control::Channel as _;
use eve_core::control::Message;
use eve_supervisor::{Control, holder};
use futures_util::future::join_all;

use crate::ask::Ask;
use crate::stage::{Stage, TOYS, call, eventually, is_alive};

/// Longer than a supervisor stays that is not needed.
const LONG: Duration = Duration::from_secs(4);

#[tokio::test]
async fn a_supervisor_ends_when_nobody_needs_it_and_leaves_no_socket() {
    let stage = Stage::new();
    let control = stage.open().await;
    let pid = control.pid();
    drop(control);
    eventually("it must end", || !is_alive(pid)).await;
    assert_eq!(holder(stage.dir()).unwrap(), None);
    assert!(!stage.supervisor_path("socket").exists());
    assert_eq!(std::fs::read_to_string(stage.dir().join("ended")).unwrap(), "shut down\n");
}

#[tokio::test]
async fn it_stays_while_a_client_is_connected() {
    let stage = Stage::new();
    let control = stage.open().await;
    tokio::time::sleep(LONG).await;
    assert_eq!(holder(stage.dir()).unwrap(), Some(control.pid()));
    call::<String>(&control, Ask::Echo(String::new())).await.unwrap();
}

#[tokio::test]
async fn it_stays_while_a_part_holds_something() {
    let stage = Stage::new();
    let control = stage.open().await;
    let pid = control.pid();
    call::<()>(&control, Ask::Hold(true)).await.unwrap();
    drop(control);
    tokio::time::sleep(LONG).await;
    let control = Control::connect(stage.dir()).await.unwrap();
    assert_eq!(control.pid(), pid);
    call::<()>(&control, Ask::Hold(false)).await.unwrap();
    drop(control);
    eventually("it must end", || !is_alive(pid)).await;
}

#[tokio::test]
async fn it_stays_while_a_call_of_a_client_that_is_gone_runs() {
    let stage = Stage::new();
    let control = stage.open().await;
    let pid = control.pid();
    let file = stage.path("work");
    let work = Message::of(&Ask::Work { file, millis: 4000 }).unwrap();
    let cancel = eve_core::Cancel::new();
    tokio::select! {
        _ = control.call(&TOYS, work, &cancel) => panic!("it takes longer"),
        () = eventually("it must begin", || stage.lines("work") == ["begun"]) => {}
    }
    drop(control);
    eventually("it must end", || !is_alive(pid)).await;
    assert_eq!(stage.lines("work"), ["begun", "done"]);
}

#[tokio::test]
async fn whoever_comes_while_it_ends_gets_a_supervisor() {
    let stage = Stage::new();
    // Around the moment at which it ends.
    for offset in (0..8).map(|n| Duration::from_millis(n * 40)) {
        drop(stage.open().await);
        tokio::time::sleep(Duration::from_millis(1900) + offset).await;
        let controls = join_all((0..4).map(|_| stage.open())).await;
        for control in &controls {
            assert_eq!(control.pid(), controls[0].pid());
            assert_eq!(call::<String>(control, Ask::Echo("here".to_owned())).await.unwrap(), "here");
        }
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[tokio::test]
async fn it_is_small_again_after_large_messages() {
    const MOST_KIB: u64 = 10 * 1024;
    const LARGE: usize = 1 << 20;
    let stage = Stage::new();
    let controls = join_all((0..8).map(|_| stage.open())).await;
    for _ in 0..2 {
        let large = controls.iter().map(|control| call::<String>(control, Ask::Echo("x".repeat(LARGE))));
        for answer in join_all(large).await {
            assert_eq!(answer.unwrap().len(), LARGE);
        }
    }
    let status = format!("/proc/{}/status", controls[0].pid());
    let resident = || -> u64 {
        let status = std::fs::read_to_string(&status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    };
    eventually("it must give its memory back", || resident() < MOST_KIB).await;
}
