//! The parts that a supervisor holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use eve_core::control::{Part, PartName};
use eve_core::{Error, Result, codes};

/// The parts, by their names.
#[derive(Debug)]
pub(crate) struct Parts {
    in_order: Vec<Arc<dyn Part>>,
    by_name: BTreeMap<PartName, Arc<dyn Part>>,
}

impl Parts {
    /// # Errors
    /// `internal.invariant` if two have one name.
    pub(crate) fn new(in_order: Vec<Arc<dyn Part>>) -> Result<Self> {
        let mut by_name = BTreeMap::new();
        for part in &in_order {
            if by_name.insert(part.name(), Arc::clone(part)).is_some() {
                let text = format!("two parts of a supervisor are named {}", part.name());
                return Err(Error::internal(codes::INTERNAL_INVARIANT, text));
            }
        }
        Ok(Self { in_order, by_name })
    }

    /// # Errors
    /// `control.unknown_part`.
    pub(crate) fn find(&self, name: &PartName) -> Result<Arc<dyn Part>> {
        self.by_name.get(name).cloned().ok_or_else(|| {
            let names: Vec<_> = self.by_name.keys().map(|part| format!("{part:?}")).collect();
            Error::unsupported(codes::CONTROL_UNKNOWN_PART, "the supervisor has no part of this name")
                .with_hint(format!("it holds: {}", names.join(", ")))
        })
    }

    pub(crate) fn names(&self) -> Vec<PartName> {
        self.in_order.iter().map(|part| part.name()).collect()
    }

    pub(crate) fn are_idle(&self) -> bool {
        self.in_order.iter().all(|part| part.is_idle())
    }

    /// Ends what they hold; the last one first, for it may lead to those before it.
    pub(crate) async fn shut_down(&self) {
        for part in self.in_order.iter().rev() {
            part.shut_down().await;
        }
    }
}

/// What a client is told of a part that panicked.
pub(super) fn panicked() -> Error {
    Error::internal(codes::INTERNAL_INVARIANT, "a part of the supervisor panicked")
        .with_hint("the supervisor's log says where")
}
