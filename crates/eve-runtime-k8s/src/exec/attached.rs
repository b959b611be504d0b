//! A command that runs, and what goes to and fro.

use bytes::Bytes;
use eve_core::{Error, Exec, ExecItem, ExecOptions, ExecSpec, Result, codes, naming};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use kube::api::{AttachParams, AttachedProcess};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::{outcome, place};
use crate::api::{is_gone, unavailable};
use crate::runtime::K8sRuntime;

/// How much is taken at once.
const CHUNK: usize = 16 * 1024;

impl Exec for K8sRuntime {
    fn exec(&self, what: &ExecSpec, mut how: ExecOptions) -> BoxStream<'static, Result<ExecItem>> {
        let (this, what, input) = (self.clone(), what.clone(), how.input.take());
        let items = async move {
            match this.attach(&what, input).await {
                Ok(items) => items,
                Err(error) => stream::iter([Err(error)]).boxed(),
            }
        };
        how.limit(stream::once(items).flatten().boxed())
    }
}

impl K8sRuntime {
    async fn attach(
        &self,
        what: &ExecSpec,
        input: Option<BoxStream<'static, Bytes>>,
    ) -> Result<BoxStream<'static, Result<ExecItem>>> {
        let pod = self.place(what).await?;
        let params = AttachParams::default()
            .container("main")
            .stdin(input.is_some())
            .stdout(true)
            .stderr(true)
            .max_stdin_buf_size(CHUNK)
            .max_stdout_buf_size(CHUNK)
            .max_stderr_buf_size(CHUNK);
        let (namespace, name) = (naming::namespace(&what.environment), pod.metadata.name.unwrap_or_default());
        match self.cluster.attach(&namespace, &name, &what.argv, &params).await {
            Ok(process) => Ok(told(process, input, what.argv.first().cloned().unwrap_or_default())),
            Err(error) if is_gone(&error) => Err(place::unknown(what)),
            Err(error) => Err(unavailable(&format!("running a command in {name}"), error)),
        }
    }
}

/// What a command writes, then its end. It is fed as long as it writes.
fn told(
    mut process: AttachedProcess,
    input: Option<BoxStream<'static, Bytes>>,
    program: String,
) -> BoxStream<'static, Result<ExecItem>> {
    let stdout = process.stdout().map(|from| chunks(from, ExecItem::Stdout));
    let stderr = process.stderr().map(|from| chunks(from, ExecItem::Stderr));
    let written = stream::select_all(stdout.into_iter().chain(stderr)).map(Some).chain(stream::iter([None]));
    let feeding = input.zip(process.stdin()).map(|(input, to)| feed(input, to));
    let fed = stream::iter(feeding).filter_map(|feeding| async move {
        feeding.await;
        None
    });
    let items = stream::select(written, fed).take_while(|item| std::future::ready(item.is_some()));
    let end = async move {
        let status = match process.take_status() {
            Some(status) => status.await,
            None => None,
        };
        match status {
            Some(status) => outcome::of(&status, &program),
            None => Err(broken(process.join().await.err())),
        }
    };
    items.filter_map(std::future::ready).chain(stream::once(end)).boxed()
}

/// What is written to one stream, as it comes.
fn chunks(
    from: impl AsyncRead + Send + Unpin + 'static,
    item: fn(Bytes) -> ExecItem,
) -> BoxStream<'static, Result<ExecItem>> {
    stream::unfold(Some(from), move |from| async move {
        let mut from = from?;
        let mut chunk = vec![0; CHUNK];
        match from.read(&mut chunk).await {
            Ok(0) => None,
            Ok(read) => {
                chunk.truncate(read);
                Some((Ok(item(chunk.into())), Some(from)))
            }
            Err(error) => Some((Err(broken(Some(error))), None)),
        }
    })
    .boxed()
}

/// Hands over what a command reads, and then its end. One that ended reads nothing any more.
async fn feed(mut input: BoxStream<'static, Bytes>, mut to: impl AsyncWrite + Send + Unpin) {
    while let Some(bytes) = input.next().await {
        if to.write_all(&bytes).await.is_err() {
            return;
        }
    }
    // Whoever does not listen any more has ended.
    let _ = to.shutdown().await;
}

fn broken(cause: Option<impl std::error::Error + Send + Sync + 'static>) -> Error {
    let error = Error::unavailable(codes::BACKEND_UNAVAILABLE, "the cluster broke off while a command ran");
    match cause {
        Some(cause) => error.with_source(cause),
        None => error,
    }
}
