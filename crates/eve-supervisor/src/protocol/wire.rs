//! Frames as bytes.

use std::io;

use eve_core::control::Message;
use eve_core::{Error, Result, codes};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::limits;

/// A frame's length and JSON text. Its memory is overwritten when it is dropped.
pub(crate) struct Encoded(Zeroizing<Vec<u8>>);

/// A frame's JSON text as it came. Its memory is overwritten when it is dropped.
pub(crate) type Received = Zeroizing<Vec<u8>>;

impl Encoded {
    /// The bytes of a frame around a body.
    ///
    /// # Errors
    /// `control.oversized`, `internal.encode`.
    pub(crate) fn of(frame: &impl Serialize, body: &Message) -> Result<Self> {
        // Memory that grew would leave copies behind that nobody overwrites.
        const AROUND: usize = 512;
        Self::sized(frame, body.expose().len() + AROUND)
    }

    /// The bytes of a frame that carries nothing secret.
    ///
    /// # Errors
    /// `control.oversized`, `internal.encode`.
    pub(crate) fn plain(frame: &impl Serialize) -> Result<Self> {
        Self::sized(frame, 128)
    }

    fn sized(frame: &impl Serialize, capacity: usize) -> Result<Self> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
        bytes.extend_from_slice(&[0; 4]);
        serde_json::to_writer(&mut *bytes, frame)
            .map_err(|_| Error::internal(codes::INTERNAL_ENCODE, "a control frame has no JSON form"))?;
        let length = bytes.len() - 4;
        let header = u32::try_from(length).ok().filter(|_| length <= limits::FRAME).ok_or_else(|| oversized(length))?;
        bytes[..4].copy_from_slice(&header.to_be_bytes());
        Ok(Self(bytes))
    }

    pub(crate) async fn write(&self, to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        to.write_all(&self.0).await
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What came of waiting for a frame.
pub(crate) enum Incoming {
    /// A whole one.
    Frame(Received),
    /// The other side went away between two frames.
    Closed,
}

impl Incoming {
    /// Waits for the next frame as long as it takes; one that has begun must go on.
    ///
    /// # Errors
    /// `control.oversized` before the body is read; `control.malformed` for a part of a frame;
    /// `supervisor.lost` if the connection broke.
    pub(crate) async fn read(from: &mut (impl AsyncRead + Unpin)) -> Result<Self> {
        let mut header = [0; 4];
        let begun = match from.read(&mut header).await {
            Ok(0) => return Ok(Self::Closed),
            Ok(begun) => begun,
            Err(e) if e.kind() == io::ErrorKind::ConnectionReset => return Ok(Self::Closed),
            Err(e) => return Err(broken(e)),
        };
        fill(from, &mut header[begun..]).await?;
        let length = u32::from_be_bytes(header) as usize;
        if length > limits::FRAME {
            return Err(oversized(length));
        }
        let mut body = Zeroizing::new(vec![0; length]);
        fill(from, &mut body).await?;
        Ok(Self::Frame(body))
    }
}

async fn fill(from: &mut (impl AsyncRead + Unpin), mut rest: &mut [u8]) -> Result<()> {
    while !rest.is_empty() {
        let silent = |_| malformed("a control frame came in part only");
        match timeout(limits::PATIENCE, from.read(rest)).await.map_err(silent)? {
            Ok(0) => return Err(malformed("a control frame ended before its end")),
            Ok(more) => rest = &mut rest[more..],
            Err(e) => return Err(broken(e)),
        }
    }
    Ok(())
}

/// Reads a frame. The error tells where it does not fit, and nothing of the content.
///
/// # Errors
/// `control.malformed`.
pub(crate) fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|e| {
        malformed(format!(
            "a control frame of {} bytes cannot be read at line {}, column {}",
            bytes.len(),
            e.line(),
            e.column()
        ))
    })
}

/// A message as it stands in a frame.
///
/// # Errors
/// `control.malformed` if it is no JSON.
pub(crate) fn body(message: &Message) -> Result<&RawValue> {
    serde_json::from_str(message.expose()).map_err(|_| malformed("a control message is no JSON text"))
}

fn oversized(length: usize) -> Error {
    let text = format!("a control frame of {length} bytes is larger than {} bytes", limits::FRAME);
    Error::invalid(codes::CONTROL_OVERSIZED, text)
}

fn malformed(text: impl Into<String>) -> Error {
    Error::invalid(codes::CONTROL_MALFORMED, text).with_hint("both sides must speak one version of Eve")
}

fn broken(error: io::Error) -> Error {
    Error::unavailable(codes::SUPERVISOR_LOST, "a control connection broke").with_source(error)
}

#[cfg(test)]
mod tests {
    use eve_core::control::PartName;

    use super::*;
    use crate::protocol::{ClientFrame, ServerFrame};

    #[tokio::test]
    async fn a_frame_comes_through_as_it_was_and_its_body_untouched() {
        let message = Message::from_text(r#"{"b":1.50,  "a":null}"#);
        let call = ClientFrame::Call { id: 3, part: PartName::new("toys", 1), body: body(&message).unwrap() };
        let bytes = Encoded::of(&call, &message).unwrap();
        let Incoming::Frame(text) = Incoming::read(&mut bytes.as_bytes()).await.unwrap() else { panic!("no frame") };
        let ClientFrame::Call { id, part, body } = decode(&text).unwrap() else { panic!("another frame") };
        assert_eq!((id, part.as_str(), body.get()), (3, "toys", message.expose()));
    }

    #[tokio::test]
    async fn an_answer_of_null_is_an_answer() {
        let message = Message::of(&()).unwrap();
        let bytes = Encoded::of(&ServerFrame::Item { id: 1, body: body(&message).unwrap() }, &message).unwrap();
        let Incoming::Frame(text) = Incoming::read(&mut bytes.as_bytes()).await.unwrap() else { panic!("no frame") };
        assert!(matches!(decode(&text).unwrap(), ServerFrame::Item { id: 1, body } if body.get() == "null"));
    }

    #[tokio::test]
    async fn a_length_that_is_too_large_is_refused_before_the_body_is_waited_for() {
        let mut bytes: &[u8] = &u32::MAX.to_be_bytes();
        let error = Incoming::read(&mut bytes).await.err().unwrap();
        assert_eq!(error.code(), &codes::CONTROL_OVERSIZED);
        let message = Message::of(&"x".repeat(limits::FRAME)).unwrap();
        let frame = ServerFrame::Answer { id: 1, body: body(&message).unwrap() };
        assert_eq!(Encoded::of(&frame, &message).err().unwrap().code(), &codes::CONTROL_OVERSIZED);
    }

    #[test]
    fn what_cannot_be_read_is_not_repeated() {
        let error = decode::<ClientFrame<'_>>(br#"{"hunter22":"#).err().unwrap();
        assert_eq!(error.code(), &codes::CONTROL_MALFORMED);
        assert!(!error.chain().contains("hunter"));
        assert!(!body(&Message::from_text("hunter22")).unwrap_err().chain().contains("hunter"));
    }
}
