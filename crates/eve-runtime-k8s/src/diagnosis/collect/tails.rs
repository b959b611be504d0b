//! The last lines of containers that ended badly.

use futures_util::StreamExt as _;
use futures_util::stream;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;

use super::CollectOptions;
use super::lists::Lists;
use crate::diagnosis::container::{Container, Role};
use crate::diagnosis::{ClusterView, LogTail, Unread, UnreadCause};

/// How many bytes of a container are read at most.
const BYTES: i64 = 16 * 1024;
/// How long a line may be.
const LINE: usize = 1000;
/// How many are asked for at a time.
const AT_A_TIME: usize = 4;

/// Reads the last lines of containers that ended badly, or do not end.
pub(super) async fn read(lists: &Lists, options: &CollectOptions, view: &mut ClusterView) {
    let wanted: Vec<_> = view.pods.iter().flat_map(wanted).take(options.log_containers).collect();
    let api: Api<Pod> = Api::namespaced(lists.client.clone(), &lists.namespace);
    let read = stream::iter(wanted.into_iter().map(|one| tail(lists, &api, options, one)));
    let read: Vec<_> = read.buffer_unordered(AT_A_TIME).collect().await;
    for one in read {
        match one {
            Ok(tail) => view.log_tails.push(tail),
            // The container is gone already, or never ran.
            Err(unread) if matches!(unread.cause, UnreadCause::NotServed | UnreadCause::Refused) => {}
            Err(unread) if view.unread.iter().any(|known| known.what == unread.what) => {}
            Err(unread) => view.unread.push(unread),
        }
    }
    view.log_tails.sort_by(|a, b| (&a.pod, &a.container).cmp(&(&b.pod, &b.container)));
}

/// Whose lines say something: pod, container, and whether they are of the life before.
fn wanted(pod: &Pod) -> Vec<(String, String, bool)> {
    let name = pod.metadata.name.clone().unwrap_or_default();
    let all = Container::all(pod).into_iter().filter_map(|container| {
        let present = container.status.state.as_ref().is_some_and(|state| state.terminated.is_some());
        let failed = container.ended().is_some_and(|ended| ended.exit_code != 0 || container.restarts_always());
        let hangs = container.role == Role::Init && container.running().is_some();
        (failed || hangs).then(|| (name.clone(), container.name().to_owned(), failed && !present))
    });
    all.collect()
}

async fn tail(
    lists: &Lists,
    api: &Api<Pod>,
    options: &CollectOptions,
    (pod, container, previous): (String, String, bool),
) -> Result<LogTail, Unread> {
    let params = LogParams {
        container: Some(container.clone()),
        previous,
        tail_lines: Some(i64::from(options.log_lines)),
        limit_bytes: Some(BYTES),
        ..LogParams::default()
    };
    let text = lists.within("pods/log", api.logs(&pod, &params)).await?;
    let lines = text.lines().map(|line| line.chars().take(LINE).collect()).collect();
    Ok(LogTail::new(pod, container, previous, lines))
}
