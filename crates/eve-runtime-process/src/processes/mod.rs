//! The holder of processes: it knows programs, groups, restarts, probes and logs, and nothing of
//! services, plans or attempts.

mod backoff;
mod child;
mod child_id;
mod child_spec;
mod child_status;
mod children;
mod environment;
mod group;
mod health;
mod identity;
mod leader;
mod probe;
mod program;
mod readiness;
mod record;
mod supervisor;
mod ticker;

pub use child_id::ChildId;
pub use child_spec::ChildSpec;
pub use child_status::{ChildState, ChildStatus, Ending};
pub use children::Children;
pub use environment::Environment;
pub use readiness::{HealthProbe, ProbeTarget, Readiness};

pub(crate) use identity::VARIABLE as MARKER;
pub(crate) use record::Record;
