//! Which requests go where.

mod key;
mod route;
mod snapshot;
mod switchboard;
#[expect(clippy::module_inception, reason = "the file is named for its type, as everywhere")]
mod table;
mod target;

pub(crate) use key::RouteKey;
pub(crate) use route::Route;
pub use snapshot::{RouteRecord, TableSnapshot};
pub(crate) use switchboard::{Refused, Switchboard};
pub(crate) use table::Table;
pub(crate) use target::Target;
