//! The life of a supervisor.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eve_core::control::{ErrorReport, Message, Part};
use eve_core::{Error, Result, codes};
use tokio::net::UnixListener;

use super::signals::Signals;
use super::{Held, RunOptions, inherited, stdio};
use crate::address::Address;
use crate::fences::fences;
use crate::launch::Readiness;
use crate::lock::{Lock, Taken};
use crate::place::{Place, io_error};
use crate::serve::{Parts, Server};

/// Is the supervisor of a state directory, on a runtime of its own, and returns the exit code of the
/// process when it is not needed any more. [`mode`](crate::mode) says when to call this.
///
/// `build` makes the parts. They are shut down at the end, the last one first.
pub fn run<B, F>(dir: impl AsRef<Path>, build: B) -> u8
where
    B: FnOnce(Held) -> F,
    F: Future<Output = Result<Vec<Arc<dyn Part>>>>,
{
    run_with(dir, &RunOptions::default(), build)
}

/// Is the supervisor as [`run`] is, with other settings.
pub fn run_with<B, F>(dir: impl AsRef<Path>, options: &RunOptions, build: B) -> u8
where
    B: FnOnce(Held) -> F,
    F: Future<Output = Result<Vec<Arc<dyn Part>>>>,
{
    // What ends the engine's session must not reach this process. It fails for whoever leads a
    // session already.
    let _ = rustix::process::setsid();
    inherited::settle();
    match hold(dir.as_ref(), options, build) {
        Ok(()) => 0,
        Err(error) => {
            // For the log: whoever started the process may be gone.
            let _ = writeln!(io::stderr(), "{}: {}", error.code(), error.chain());
            stdio::say(&Readiness::Failed(ErrorReport::from(&error)));
            1
        }
    }
}

fn hold<B, F>(dir: &Path, options: &RunOptions, build: B) -> Result<()>
where
    B: FnOnce(Held) -> F,
    F: Future<Output = Result<Vec<Arc<dyn Part>>>>,
{
    /// How long work that blocks a thread may still take.
    const LAST_WORK: Duration = Duration::from_secs(2);

    let config = stdio::config()?;
    let place = Place::of(dir)?;
    place.make()?;
    let lock = match Lock::take(&place)? {
        Taken::Ours(lock) => lock,
        Taken::Held(pid) => {
            stdio::say(&Readiness::Held(pid));
            return Ok(());
        }
    };
    let log = place.log();
    Place::open(&log, OpenOptions::new().create(true).write(true).truncate(true))?;
    let runtime = options.runtime()?;
    let ended = runtime.block_on(serve(&place, &lock, config, options.linger, build));
    runtime.shutdown_timeout(LAST_WORK);
    drop(lock);
    ended
}

async fn serve<B, F>(place: &Place, lock: &Lock, config: Message, linger: Duration, build: B) -> Result<()>
where
    B: FnOnce(Held) -> F,
    F: Future<Output = Result<Vec<Arc<dyn Part>>>>,
{
    let mut signals = Signals::new()?;
    let fences = fences(place.dir())?;
    let made = tokio::select! {
        made = build(Held::new(place.dir().to_owned(), config, fences)) => made?,
        () = signals.asked_to_end() => {
            return Err(Error::unavailable(codes::SUPERVISOR_UNAVAILABLE, "the supervisor was ended while it started"));
        }
    };
    let parts = Arc::new(Parts::new(made)?);
    let served = listen(place, lock, &parts, linger, &mut signals).await;
    parts.shut_down().await;
    served
}

async fn listen(place: &Place, lock: &Lock, parts: &Arc<Parts>, linger: Duration, signals: &mut Signals) -> Result<()> {
    let path = place.socket();
    let mut server = Server::new(bind(place)?, Arc::clone(parts));
    let ours = identity(&path).map_err(|e| io_error("read", &path, e))?;
    stdio::say(&Readiness::ready());
    stdio::close()?;
    server.serve(linger, signals.asked_to_end(), || lock.is_in_place()).await;
    // Whoever comes from now on waits for the lock and starts a new supervisor; whoever waits to be
    // accepted is turned away without a word, and comes again.
    match identity(&path) {
        Ok(there) if there == ours => fs::remove_file(&path),
        // Where the state directory was removed, another supervisor may listen there by now.
        Ok(_) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
    }
    .map_err(|e| io_error("remove", &path, e))
}

/// What tells a file from another one that took its path, as long as the first one is open.
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let about = fs::symlink_metadata(path)?;
    Ok((about.dev(), about.ino()))
}

/// Takes the place of a socket that a former supervisor left.
fn bind(place: &Place) -> Result<UnixListener> {
    let path = place.socket();
    let bind = |address: &Address| -> io::Result<UnixListener> {
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let listener = UnixListener::bind(address.path())?;
        // Until now the folder's mode kept others away.
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        Ok(listener)
    };
    bind(&Address::of(place)?).map_err(|e| io_error("listen at", &path, e))
}
