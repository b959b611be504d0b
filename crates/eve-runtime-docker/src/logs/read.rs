//! Reading what the containers of a subject wrote.

use eve_core::{LogItem, LogOptions, LogSubject, Result};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use crate::runtime::{DockerRuntime, Sight};

/// What the containers of a subject wrote, the oldest container first.
pub(crate) fn read(runtime: DockerRuntime, who: LogSubject, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
    stream::once(async move {
        let wanted = |sight: &Sight| match &who {
            LogSubject::Service(_, service) => sight.care.service == *service,
            LogSubject::Instance(_, one) => sight.labels.object == one.object && sight.id == one.incarnation.as_str(),
            _ => false,
        };
        let mut sights = match runtime.sights(who.environment()).await {
            Ok(sights) => sights,
            Err(error) => return stream::once(async { Err(error) }).boxed(),
        };
        sights.retain(wanted);
        sights.sort_by(|a, b| (a.labels.version, &a.id).cmp(&(b.labels.version, &b.id)));
        let streams = sights.into_iter().map(|sight| runtime.read_lines(&sight, &how));
        let streams: Vec<_> = streams.collect();
        if how.follow { stream::select_all(streams).boxed() } else { stream::iter(streams).flatten().boxed() }
    })
    .flatten()
    .boxed()
}
