//! What goes over the socket.

mod frame;
mod greeting;
pub(crate) mod limits;
mod outgoing;
mod wire;

pub(crate) use frame::{ClientFrame, ServerFrame};
pub(crate) use greeting::{Greeting, Hello, PROTOCOL, VERSION, Welcome};
pub(crate) use outgoing::{Outgoing, OutgoingPlace};
pub(crate) use wire::{Encoded, Incoming, body, decode};
