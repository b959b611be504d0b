//! What a service asks of the host that it runs on.

mod bind;
mod capability;
mod device;
mod host_access;
mod namespace;
mod unconfined;

pub use bind::Bind;
pub use capability::LinuxCapability;
pub use device::{Device, DevicePermissions};
pub use host_access::HostAccess;
pub use namespace::HostNamespace;
pub use unconfined::Unconfined;
