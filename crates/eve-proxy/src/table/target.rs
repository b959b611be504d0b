//! An instance, as one route reaches it.

use std::sync::Arc;

use eve_core::{Address, RouteTarget};

use crate::instance::Instance;
use crate::pool::Pool;

/// An instance, where it listens, and the connections that are kept to it.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) instance: Arc<Instance>,
    pub(crate) address: Address,
    pub(crate) pool: Arc<Pool>,
}

impl Target {
    pub(crate) fn record(&self) -> RouteTarget {
        RouteTarget { instance: self.instance.who().clone(), address: self.address.clone() }
    }
}
