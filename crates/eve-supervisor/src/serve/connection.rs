//! One client.

use std::sync::Arc;

use eve_core::control::{ErrorReport, Message};
use eve_core::{Error, Result, codes};
use tokio::io::AsyncRead;
use tokio::net::UnixStream;
use tokio::time::timeout;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::Parts;
use super::calls::Calls;
use super::streams::Streams;
use crate::place::user;
use crate::protocol::{
    ClientFrame, Encoded, Greeting, Hello, Incoming, Outgoing, PROTOCOL, ServerFrame, VERSION, Welcome, decode, limits,
};

/// A client whose handshake is done.
pub(super) struct Connection {
    parts: Arc<Parts>,
    calls: Calls,
    streams: Streams,
    /// The largest id that was used.
    last: u64,
}

impl Connection {
    /// Serves a client until it goes away or breaks a rule.
    pub(super) async fn serve(mut socket: UnixStream, parts: Arc<Parts>, tasks: TaskTracker) {
        let greeting = match greet(&mut socket).await {
            Ok(()) => Greeting::Welcome(Welcome {
                protocol: PROTOCOL,
                version: VERSION.to_owned(),
                pid: std::process::id(),
                parts: parts.names(),
            }),
            Err(error) => refusal(&error),
        };
        let Ok(frame) = Encoded::plain(&greeting) else { return };
        let said = timeout(limits::PATIENCE, frame.write(&mut socket)).await;
        if !matches!((said, greeting), (Ok(Ok(())), Greeting::Welcome(_))) {
            return;
        }
        let (mut from, to) = socket.into_split();
        let (outgoing, queue) = Outgoing::new();
        let mut writer = AbortOnDropHandle::new(tokio::spawn(queue.write(to)));
        let this = Self {
            parts,
            calls: Calls::new(tasks, outgoing.clone()),
            streams: Streams::new(outgoing.clone()),
            last: 0,
        };
        let ended = tokio::select! {
            ended = this.read(&mut from) => ended,
            _ = &mut writer => Ok(()),
        };
        let Err(error) = ended else { return };
        tracing::warn!(code = %error.code(), %error, "a client was turned away");
        if let Ok(last) = Encoded::plain(&ServerFrame::Refused { error: ErrorReport::from(&error) }) {
            outgoing.send_last(last);
            let _ = timeout(limits::PATIENCE, writer).await;
        }
    }

    /// Reads frames until the client goes away; its streams end then.
    async fn read(mut self, from: &mut (impl AsyncRead + Unpin)) -> Result<()> {
        while let Incoming::Frame(frame) = Incoming::read(from).await? {
            self.take(decode(&frame)?).await?;
        }
        Ok(())
    }

    async fn take(&mut self, frame: ClientFrame<'_>) -> Result<()> {
        match frame {
            ClientFrame::Call { id, part, body } => {
                self.new_id(id)?;
                self.calls.begin(id, self.parts.find(&part), Message::from_text(body.get())).await
            }
            ClientFrame::Stream { id, part, body } => {
                self.new_id(id)?;
                self.streams.begin(id, self.parts.find(&part), Message::from_text(body.get()))
            }
            ClientFrame::Cancel { id } => {
                self.calls.cancel(id);
                Ok(())
            }
            ClientFrame::Drop { id } => {
                self.streams.end(id);
                Ok(())
            }
            ClientFrame::More { id, items } => self.streams.more(id, items),
        }
    }

    fn new_id(&mut self, id: u64) -> Result<()> {
        if id <= self.last {
            let text = format!("id {id} of a control frame is not larger than those before it");
            return Err(Error::invalid(codes::CONTROL_MALFORMED, text));
        }
        self.last = id;
        Ok(())
    }
}

/// Hears who is there, and whether it may be served.
async fn greet(socket: &mut UnixStream) -> Result<()> {
    let lost = |e| Error::unavailable(codes::SUPERVISOR_LOST, "a control connection broke").with_source(e);
    let uid = socket.peer_cred().map_err(lost)?.uid();
    if uid != user() {
        let text = format!("user {uid} may not steer the data plane of user {}", user());
        return Err(Error::denied(codes::CONTROL_DENIED, text).with_hint("work as the user that started it"));
    }
    let hello = timeout(limits::PATIENCE, Incoming::read(socket)).await;
    let silent = |_| Error::invalid(codes::CONTROL_MALFORMED, "a client said nothing for too long");
    match hello.map_err(silent)?? {
        Incoming::Frame(frame) => decode::<Hello>(&frame)?.check(),
        Incoming::Closed => Err(Error::invalid(codes::CONTROL_MALFORMED, "a client went away before it said anything")),
    }
}

pub(super) fn refusal(error: &Error) -> Greeting {
    tracing::warn!(code = %error.code(), %error, "a client was turned away");
    Greeting::Refused { error: ErrorReport::from(error) }
}
