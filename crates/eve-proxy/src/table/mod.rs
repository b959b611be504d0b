//! Which requests go where.

mod key;
mod record;
mod route;
mod switchboard;
#[expect(clippy::module_inception, reason = "the file is named for its type, as everywhere")]
mod table;
mod target;

pub(crate) use key::RouteKey;
pub(crate) use record::RouteRecord;
pub(crate) use route::Route;
pub(crate) use switchboard::{Refused, Switchboard};
pub(crate) use table::Table;
pub(crate) use target::Target;
