//! What reaches a supervisor, and what does not.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use eve_core::codes;
use eve_supervisor::{Control, holder};
use rustix::process::{Pid, Signal, kill_process_group};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::ask::Ask;
use crate::stage::{PATIENCE, Stage, call, eventually, is_alive, signal, toys};

/// What an engine writes, after the line that names its supervisor.
fn supervisor_of(engine: &mut Child) -> (u32, BufReader<ChildStdout>) {
    let mut output = BufReader::new(engine.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    (line.trim().parse().unwrap(), output)
}

#[tokio::test]
async fn an_interrupt_of_the_engines_group_does_not_reach_it() {
    let stage = Stage::new();
    let request = serde_json::to_string(&Ask::Work { file: stage.path("work"), millis: 3000 }).unwrap();
    let mut command = Command::new(toys());
    command.arg("engine").arg(stage.dir()).arg(request).stdout(Stdio::piped()).process_group(0);
    let mut engine = command.spawn().unwrap();
    let (supervisor, mut output) = supervisor_of(&mut engine);
    eventually("it must begin", || stage.lines("work") == ["begun"]).await;
    let group = Pid::from_raw(i32::try_from(engine.id()).unwrap()).unwrap();
    kill_process_group(group, Signal::INT).unwrap();
    let mut answer = String::new();
    output.read_to_string(&mut answer).unwrap();
    assert_eq!((engine.wait().unwrap().success(), answer.as_str()), (false, ""), "the engine must be interrupted");
    assert_eq!(stage.lines("work"), ["begun"]);
    eventually("it must be done", || stage.lines("work") == ["begun", "done"]).await;
    assert_eq!(Control::connect(stage.dir()).await.unwrap().pid(), supervisor);
}

/// A terminal, and the path of its other side.
fn terminal() -> (OwnedFd, PathBuf) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let path = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap().into();
    (terminal, path)
}

#[tokio::test]
async fn a_closed_terminal_ends_the_engine_and_not_the_supervisor() {
    let stage = Stage::new();
    let (terminal, path) = terminal();
    let mut command = Command::new(toys());
    let mut engine =
        command.arg("terminal").arg(stage.dir()).arg(path).stdout(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
    let (supervisor, _output) = supervisor_of(&mut engine);
    let control = Control::connect(stage.dir()).await.unwrap();
    drop(terminal);
    eventually("the engine must end", || engine.try_wait().unwrap().is_some()).await;
    assert!(is_alive(supervisor));
    assert_eq!(call::<String>(&control, Ask::Echo("on".to_owned())).await.unwrap(), "on");
}

#[tokio::test]
async fn a_hang_up_means_nothing_to_it() {
    let stage = Stage::new();
    let control = stage.open().await;
    signal(control.pid(), Signal::HUP);
    signal(control.pid(), Signal::PIPE);
    call::<String>(&control, Ask::Echo(String::new())).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(is_alive(control.pid()));
}

#[tokio::test]
async fn asked_to_terminate_it_shuts_its_parts_down_and_takes_its_socket_with_it() {
    let stage = Stage::new();
    let control = stage.open().await;
    let pid = control.pid();
    call::<()>(&control, Ask::Hold(true)).await.unwrap();
    let waiting = call::<()>(&control, Ask::Work { file: stage.path("work"), millis: 60_000 });
    let asking = async {
        eventually("it must begin", || stage.lines("work") == ["begun"]).await;
        signal(pid, Signal::TERM);
    };
    let both = async { tokio::join!(waiting, asking) };
    let (answer, ()) = tokio::time::timeout(PATIENCE, both).await.unwrap();
    assert_eq!(answer.unwrap_err().code(), &codes::SUPERVISOR_LOST);
    eventually("it must end", || !is_alive(pid)).await;
    assert_eq!(std::fs::read_to_string(stage.dir().join("ended")).unwrap(), "shut down\n");
    assert!(!stage.supervisor_path("socket").exists());
    assert_eq!(holder(stage.dir()).unwrap(), None);
}

#[tokio::test]
async fn whoever_ends_it_waits_until_it_is_gone() {
    let stage = Stage::new();
    eve_supervisor::end(stage.dir()).await.unwrap();
    let control = stage.open().await;
    call::<()>(&control, Ask::Hold(true)).await.unwrap();
    eve_supervisor::end(stage.dir()).await.unwrap();
    assert_eq!(std::fs::read_to_string(stage.dir().join("ended")).unwrap(), "shut down\n");
    assert_eq!(holder(stage.dir()).unwrap(), None);
    eve_supervisor::end(stage.dir()).await.unwrap();
}

#[tokio::test]
async fn whoever_ends_it_never_signals_a_stranger() {
    let stage = Stage::new();
    let control = stage.open().await;
    let mut stranger = Command::new("sleep").arg("600").spawn().unwrap();
    fs::write(stage.supervisor_path("lock"), stranger.id().to_string()).unwrap();
    eve_supervisor::end(stage.dir()).await.unwrap();
    let is_alive_still = stranger.try_wait().unwrap().is_none();
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    assert!(is_alive_still);
    eventually("it must end", || !is_alive(control.pid())).await;
    assert_eq!(holder(stage.dir()).unwrap(), None);
}
