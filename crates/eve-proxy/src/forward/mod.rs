//! One request, from a client to an instance and back.

mod body;
#[expect(clippy::module_inception, reason = "the file is named for what it does, as everywhere")]
mod forward;
mod headers;
mod refusal;
mod send;
mod tunnel;

pub(crate) use body::{RequestBody, ResponseBody};
pub(crate) use forward::forward;
pub(crate) use headers::{CONFIRM, INSTANCE};
