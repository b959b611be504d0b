//! The holder of processes: it knows programs, groups, restarts, probes and logs, and nothing of
//! services, plans or attempts.

mod adopted;
mod adoption;
mod backoff;
mod child;
mod child_holder;
mod child_id;
mod child_spec;
mod child_status;
mod children;
mod children_part;
mod environment;
mod group;
mod identity;
mod leader;
mod mandate;
mod outlet;
mod ports;
mod probe;
mod program;
mod readiness;
mod record;
mod remote_children;
mod stored_children;
mod stored_spec;
mod supervisor;
mod ticker;
mod wire;
mod wish;

pub use child_holder::{Begun, ChildHolder, Remains};
pub use child_id::ChildId;
pub use child_spec::{ChildPort, ChildSpec};
pub use child_status::{ChildState, ChildStatus, Ending};
pub use children::Children;
pub use children_part::ChildrenPart;
pub use environment::Environment;
pub use mandate::Mandate;
pub use readiness::{HealthProbe, ProbeTarget, Readiness};
pub use remote_children::RemoteChildren;

pub(crate) use children::Unheld;
pub(crate) use identity::VARIABLE as MARKER;
pub(crate) use record::Record;
pub(crate) use stored_children::StoredChildren;
