//! What a user is told of the language: every key, made from the schema, and so from the tables that read manifests.

mod guide;
mod key;
mod kind;
mod page;
mod words;

pub(crate) use guide::Guide;
pub use key::{Key, keys};
pub use kind::{Kind, kinds};
pub use page::page;
