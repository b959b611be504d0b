//! Kills at random instants: engines deploy under load, and engines, supervisors or both are killed.

mod audit;
mod campaign;
mod customer;
mod diary;
mod orders;
mod outage;
mod toll;

pub use audit::Audit;
pub use campaign::Kills;
pub use customer::Customer;
pub use diary::{Diary, Page};
pub use orders::Orders;
pub use outage::Outage;
pub use toll::Toll;
