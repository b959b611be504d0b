//! Starting a supervisor.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use eve_core::control::Message;
use eve_core::{ErrorKind, codes};
use eve_supervisor::{Control, ControlOptions, Launcher, holder};
use rustix::process::{Pid, Signal};

use crate::ask::{Ask, Mood, Process};
use crate::stage::{Stage, call, eventually, signal, toys};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_supervisor_is_started_when_it_is_needed_and_found_by_the_next() {
    let stage = Stage::new();
    let none = Control::connect(stage.dir()).await.unwrap_err();
    assert_eq!((none.code(), none.kind()), (&codes::SUPERVISOR_UNAVAILABLE, ErrorKind::Unavailable));
    let first = stage.open().await;
    let second = stage.open_in(&Mood::Fails).await.unwrap();
    let third = Control::connect(stage.dir()).await.unwrap();
    assert_eq!((first.pid(), first.pid()), (second.pid(), third.pid()));
    assert_ne!(first.pid(), std::process::id());
    assert_eq!(holder(stage.dir()).unwrap(), Some(first.pid()));
    assert_eq!(first.version(), env!("CARGO_PKG_VERSION"));
    assert_eq!(first.parts().iter().map(ToString::to_string).collect::<Vec<_>>(), ["toys"]);
}

#[tokio::test]
async fn its_files_are_its_users_alone() {
    let stage = Stage::new();
    fs::create_dir_all(stage.supervisor_path("")).unwrap();
    fs::set_permissions(stage.supervisor_path(""), fs::Permissions::from_mode(0o777)).unwrap();
    let control = stage.open().await;
    let fence = Ask::Admit(eve_core::EnvironmentId::parse("a/b/c").unwrap(), eve_core::Fence::new(1));
    call::<()>(&control, fence).await.unwrap();
    assert_eq!(mode(&stage.supervisor_path("")), 0o700);
    for name in ["socket", "lock", "log", "fences.json"] {
        assert_eq!(mode(&stage.supervisor_path(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn many_clients_that_start_it_at_once_get_one_supervisor() {
    let stage = Stage::new();
    let engines: Vec<_> = (0..6).map(|_| stage.engine(&Ask::Hold(true))).collect();
    let own = stage.open().await;
    for engine in engines {
        let output = engine.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let pid = own.pid();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{pid}\nnull\n"));
    }
}

#[tokio::test]
async fn the_supervisor_gets_its_settings_and_nothing_else_of_its_engine() {
    let stage = Stage::new();
    let inherited = fs::File::create(stage.path("inherited")).unwrap();
    rustix::io::fcntl_setfd(&inherited, rustix::io::FdFlags::empty()).unwrap();
    let control = stage.open_in(&Mood::Well("from the test\n".to_owned())).await.unwrap();
    assert_eq!(call::<Mood>(&control, Ask::Mood).await.unwrap(), Mood::Well("from the test\n".to_owned()));
    let process: Process = call(&control, Ask::Process).await.unwrap();
    assert_eq!(process.session, process.pid, "it leads a session of its own");
    assert_eq!(u32::try_from(process.pid).unwrap(), control.pid());
    assert_eq!(process.directory, Path::new("/"));
    assert_eq!(process.variables, ["MALLOC_MMAP_THRESHOLD_"]);
    let own = stage.dir().to_str().unwrap();
    let strange = |file: &&String| {
        file.starts_with('/') && !file.starts_with(own) && !file.starts_with("/proc") && *file != "/dev/null"
    };
    assert_eq!(process.files.iter().filter(strange).count(), 0, "{:?}", process.files);
    assert!(!process.files.iter().any(|file| file.starts_with("pipe:")), "{:?}", process.files);
}

#[tokio::test]
async fn what_it_cannot_make_its_parts_for_is_the_error_of_opening() {
    let stage = Stage::new();
    let error = stage.open_in(&Mood::Fails).await.unwrap_err();
    assert_eq!((error.code(), error.kind(), error.hint()), (&codes::PORT_TAKEN, ErrorKind::Conflict, Some("wait")));
    let log = fs::read_to_string(stage.supervisor_path("log")).unwrap();
    assert!(log.starts_with("port.taken: "), "{log}");
    stage.open().await;
}

#[tokio::test]
async fn a_supervisor_that_dies_before_it_is_ready_leaves_its_last_words() {
    let stage = Stage::new();
    let control = stage.open().await;
    signal(control.pid(), Signal::TERM);
    eventually("it must end", || holder(stage.dir()).unwrap().is_none()).await;
    let error = stage.open_in(&Mood::Dies).await.unwrap_err();
    assert_eq!(error.code(), &codes::SUPERVISOR_UNAVAILABLE);
    assert!(error.is_retryable());
    assert!(error.chain().contains("the toys are broken"), "{}", error.chain());
}

#[tokio::test]
async fn a_program_that_is_no_supervisor_is_told_from_one() {
    let stage = Stage::new();
    for program in ["/bin/ls", "/bin/echo", "/nowhere/to/be/found"] {
        let launcher = Launcher::new(program, Message::of(&Mood::Fails).unwrap());
        let error = Control::open(stage.dir(), launcher).await.unwrap_err();
        assert_eq!(error.code(), &codes::SUPERVISOR_UNAVAILABLE, "{program}");
        assert!(error.hint().is_some(), "{program}");
    }
}

#[tokio::test]
async fn a_program_that_does_not_call_the_hook_starts_itself_once_only() {
    let stage = Stage::at("hookless");
    let error =
        Control::open(stage.dir(), Launcher::new(toys(), Message::of(&Mood::Fails).unwrap())).await.unwrap_err();
    assert_eq!(error.code(), &codes::SUPERVISOR_UNAVAILABLE);
    assert!(error.chain().contains("did not call the supervisor hook"), "{}", error.chain());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_runs_in_it_is_not_limited_by_what_its_first_engine_inherited() {
    const SIGCHLD: u64 = 1 << (17 - 1);
    let stage = Stage::new();
    let mut engine = std::process::Command::new("env");
    engine.arg("--ignore-signal=CHLD").arg(toys()).arg("restricted").arg(stage.dir());
    let output = engine.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let pid = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim();
    assert_eq!(line("Umask:"), "0022");
    assert_eq!(u64::from_str_radix(line("SigIgn:"), 16).unwrap() & SIGCHLD, 0, "ends of children are lost");
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let numbers: Vec<u64> = files.split_whitespace().take(2).map(|n| n.parse().unwrap_or(u64::MAX)).collect();
    assert_eq!(numbers[0], numbers[1].min(65_536));
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_is_no_hindrance() {
    let stage = Stage::at(format!("{}/state", "deep/".repeat(40)));
    assert!(stage.dir().as_os_str().len() > 200);
    let control = stage.open().await;
    assert_eq!(call::<String>(&control, Ask::Echo("far".to_owned())).await.unwrap(), "far");
    assert_eq!(Control::connect(stage.dir()).await.unwrap().pid(), control.pid());
    drop(control);
    eventually("it must end", || !stage.supervisor_path("socket").exists()).await;
}

#[tokio::test]
async fn one_that_does_not_answer_is_reported_and_not_replaced() {
    let stage = Stage::new();
    let control = stage.open().await;
    signal(control.pid(), Signal::STOP);
    let options = ControlOptions::default().with_connect(std::time::Duration::from_millis(200));
    let launcher = Launcher::new(toys(), Message::of(&Mood::Fails).unwrap());
    let error = Control::open_with(stage.dir(), launcher, options).await.unwrap_err();
    assert_eq!(error.code(), &codes::SUPERVISOR_UNAVAILABLE);
    signal(control.pid(), Signal::CONT);
    assert_eq!(call::<String>(&control, Ask::Echo("awake".to_owned())).await.unwrap(), "awake");
}

#[tokio::test]
async fn a_supervisor_that_ended_is_no_zombie_of_its_engine() {
    let stage = Stage::new();
    let control = stage.open().await;
    let pid = Pid::from_raw(i32::try_from(control.pid()).unwrap()).unwrap();
    signal(control.pid(), Signal::KILL);
    // A zombie can be signalled still.
    eventually("it must be reaped", || rustix::process::test_kill_process(pid).is_err()).await;
    let mut engine = std::process::Command::new("/bin/true");
    assert!(engine.stdin(Stdio::null()).status().unwrap().success());
}
