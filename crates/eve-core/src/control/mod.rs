//! The seam between an engine and the process that holds its data plane.
//!
//! What carries traffic must not end with an engine, so it can live in a process of its own: *parts*
//! there answer *messages* that come through a *channel*. Neither side of this seam knows what a
//! part does; a part knows nothing of sockets.
//!
//! | trait | side | implemented by |
//! |---|---|---|
//! | [`Part`] | the process that holds the data plane | whoever holds something: children, routes |
//! | [`Channel`] | the engine | the client of a control socket; [`MemoryChannel`](crate::memory::MemoryChannel) |

mod asked;
mod channel;
mod message;
mod part;
mod report;

pub use asked::Asked;
pub use channel::Channel;
pub use message::Message;
pub use part::{Part, PartName};
pub use report::ErrorReport;
