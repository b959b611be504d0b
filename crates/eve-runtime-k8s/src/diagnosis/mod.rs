//! Says what is wrong in a namespace, how that is known, and who can mend it.
//!
//! [`collect`] reads a namespace into a [`ClusterView`] and changes nothing; [`diagnose`] is pure:
//! the same view gives the same findings, from a cluster or from a recording.

mod asked;
mod collect;
mod container;
mod diagnose;
mod happening;
mod instant;
mod keyed;
mod kinship;
mod log_tail;
mod quantity;
mod report;
mod rules;
mod scene;
mod selector;
mod unread;
mod view;

pub use asked::Asked;
pub use collect::{CollectOptions, collect, connect, unreachable};
pub use diagnose::diagnose;
pub use keyed::Keyed;
pub use log_tail::LogTail;
pub use unread::{Unread, UnreadCause};
pub use view::ClusterView;
