//! The name under which a container's lines are read.

use eve_core::LogSource;

use crate::runtime::Sight;

/// The name under which a container's lines are read: each incarnation has its own.
pub(crate) fn source(sight: &Sight) -> LogSource {
    let short = sight.id.get(..12).unwrap_or(&sight.id);
    LogSource::new(format!("{}@{short}", sight.labels.object.name))
}
