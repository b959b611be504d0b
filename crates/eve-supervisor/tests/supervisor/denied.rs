//! Another user.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use serde_json::Value;

use crate::ask::Ask;
use crate::stage::{Stage, call, toys};

#[tokio::test]
#[ignore = "needs root (it starts a process as another user)"]
async fn another_user_is_turned_away_even_if_the_socket_can_be_reached() {
    const NOBODY: u32 = 65_534;
    assert!(rustix::process::geteuid().is_root(), "this test was asked for, and only root can run it");
    let stage = Stage::new();
    let control = stage.open().await;
    let program = stage.path("toys");
    fs::copy(toys(), &program).unwrap();
    let socket = stage.supervisor_path("socket");
    for path in [stage.path("").as_path(), stage.dir(), &stage.supervisor_path(""), &program] {
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    }
    fs::set_permissions(&socket, Permissions::from_mode(0o666)).unwrap();
    let output = Command::new(&program).arg("stranger").arg(&socket).uid(NOBODY).gid(NOBODY).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["refused"]["error"]["code"], "control.denied", "{said}");
    assert_eq!(call::<String>(&control, Ask::Echo("ours".to_owned())).await.unwrap(), "ours");
    // The same program is welcome as the user that started the supervisor.
    let output = Command::new(&program).arg("stranger").arg(&socket).output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["welcome"]["protocol"], 1, "{said}");
}
