//! What is under way at an instance.

mod claim;
mod counts;
#[expect(clippy::module_inception, reason = "the file is named for its type, as everywhere")]
mod instance;
mod instances;

pub(crate) use claim::Claim;
pub(crate) use counts::Counts;
pub(crate) use instance::Instance;
pub(crate) use instances::{InstanceRecord, Instances};
