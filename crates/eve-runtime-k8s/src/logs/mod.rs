//! What pods wrote.

use std::sync::Arc;

use eve_core::{LogItem, LogOptions, LogSubject, Result};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use crate::api::Cluster;
use crate::config::K8sConfig;

/// The logs of a subject.
pub(crate) fn read(
    cluster: Cluster,
    config: Arc<K8sConfig>,
    who: LogSubject,
    how: LogOptions,
) -> BoxStream<'static, Result<LogItem>> {
    let _ = (cluster, config, who, how);
    stream::empty().boxed()
}
