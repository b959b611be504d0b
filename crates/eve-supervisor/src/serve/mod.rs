//! The side that holds parts.

mod calls;
mod connection;
mod parts;
mod server;
mod streams;

pub(crate) use parts::Parts;
pub(crate) use server::Server;
