//! Processes that are no supervisor.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use eve_core::Cancel;
use eve_core::control::{Channel as _, Message, PartName};
use eve_supervisor::{Control, Launcher};
use rustix::process::{Resource, Rlimit};

use crate::ask::Mood;

type Outcome = Result<(), Box<dyn Error>>;

pub(crate) fn ask(dir: &str, request: &str) -> Outcome {
    block_on(async {
        let control = open(dir).await?;
        println!("{}", control.pid());
        let (toys, cancel) = (PartName::new("toys", 1), Cancel::new());
        tokio::select! {
            answer = control.call(&toys, Message::from_text(request), &cancel) => {
                println!("{}", answer?.expose());
                Ok(())
            }
            // Taken here, for whoever started this may have it ignored.
            _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        }
    })
}

/// Starts the supervisor under a narrow mask and with few files.
pub(crate) fn restricted(dir: &str) -> Outcome {
    rustix::process::umask(rustix::fs::Mode::from_bits_truncate(0o077));
    let files = rustix::process::getrlimit(Resource::Nofile);
    rustix::process::setrlimit(Resource::Nofile, Rlimit { current: Some(64), ..files })?;
    block_on(async {
        println!("{}", open(dir).await?.pid());
        Ok(())
    })
}

/// Leads a session whose terminal is the given one.
pub(crate) fn on_terminal(dir: &str, terminal: &str) -> Outcome {
    rustix::process::setsid()?;
    let terminal = std::fs::OpenOptions::new().read(true).write(true).open(terminal)?;
    rustix::process::ioctl_tiocsctty(&terminal)?;
    block_on(async {
        let control = open(dir).await?;
        println!("{}", control.pid());
        std::future::pending::<()>().await;
        Ok(())
    })
}

pub(crate) fn stranger(socket: &str) -> Outcome {
    let mut socket = UnixStream::connect(socket)?;
    socket.set_read_timeout(Some(Duration::from_secs(20)))?;
    let hello = br#"{"protocol":1,"version":"0"}"#;
    // It may be turned away before it has said anything.
    let _ = socket.write_all(&u32::try_from(hello.len())?.to_be_bytes()).and_then(|()| socket.write_all(hello));
    let mut length = [0; 4];
    socket.read_exact(&mut length)?;
    let mut text = vec![0; u32::from_be_bytes(length) as usize];
    socket.read_exact(&mut text)?;
    println!("{}", String::from_utf8(text)?);
    Ok(())
}

async fn open(dir: &str) -> eve_core::Result<Control> {
    let program = std::env::current_exe().expect("the system knows this program");
    Control::open(dir, Launcher::new(program, Message::of(&Mood::Well("an engine's".to_owned()))?)).await
}

fn block_on(work: impl Future<Output = Outcome>) -> Outcome {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
