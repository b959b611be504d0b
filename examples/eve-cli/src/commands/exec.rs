//! `env exec`.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use eve::{Cancel, Deadline, Env, ExecItem, ExecOptions, ExecSpec, Exit, SystemEnv, codes};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde_json::json;
use tokio::sync::mpsc;

use super::history::known;
use crate::app::App;
use crate::args::ExecArgs;
use crate::failure::Failure;
use crate::interrupts::Interrupts;
use crate::writing::Answer;

/// Runs a command in an instance of a service, and exits as it does.
pub(crate) async fn exec(app: &App, args: ExecArgs) -> Result<Answer, Failure> {
    let place = app.place()?.with_exec(args.allow_exec);
    let id = place.environment(&args.env)?;
    let reader = app.reader(&place).await?;
    known(reader.engine(), &id).await?;
    let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
    let (deadline, cancel) = (Deadline::after(&*env, Duration::from_secs(args.timeout)), Cancel::new());
    let mut how = ExecOptions::new(env, deadline).with_cancel(cancel.clone());
    if args.stdin {
        how = how.with_input(input());
    }
    let what = ExecSpec::new(id.clone(), args.service, args.argv);
    let hint = "on a cluster, --allow-exec lets commands be run";
    let mut items = reader.engine().exec(&what, how).map_err(|error| error.with_hint(hint))?;
    let mut interrupts = Interrupts::listen()?;
    let mut ended = None;
    loop {
        let item = tokio::select! {
            item = items.next() => item,
            () = interrupts.next() => {
                cancel.cancel();
                continue;
            }
        };
        let is_read = match item.transpose()? {
            Some(ExecItem::Stdout(bytes)) => app.output.piece(|| json!({ "stdout": text(&bytes) }), &bytes, false),
            Some(ExecItem::Stderr(bytes)) => app.output.piece(|| json!({ "stderr": text(&bytes) }), &bytes, true),
            Some(ExecItem::Ended { exit }) => {
                ended = Some(exit);
                true
            }
            Some(_) => true,
            None => break,
        };
        // What nobody reads any more is no failure.
        if !is_read {
            return Ok(Answer::ended(0));
        }
    }
    let exit = ended.unwrap_or(Exit::Lost);
    let code = match exit {
        Exit::Code(code) => u8::try_from(code).unwrap_or(u8::MAX),
        Exit::Signal(signal) => u8::try_from(signal).unwrap_or_default().saturating_add(128),
        _ => {
            let text = format!("how the command in {} of {id} ended is not known", what.service);
            return Err(Failure::new(1, codes::BACKEND_UNAVAILABLE, text));
        }
    };
    Ok(Answer::ended(code).with("environment", id.to_string()).with("exit", exit))
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Standard input, as it comes. It is read on a thread of its own, which nobody waits for.
fn input() -> BoxStream<'static, Bytes> {
    let (give, take) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut chunk = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = std::io::stdin().lock().read(&mut chunk) {
            if give.blocking_send(Bytes::copy_from_slice(&chunk[..read])).is_err() {
                return;
            }
        }
    });
    stream::unfold(take, |mut take| async move { take.recv().await.map(|bytes| (bytes, take)) }).boxed()
}
