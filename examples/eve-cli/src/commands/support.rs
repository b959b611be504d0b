//! `manifest support`.

use std::fmt::Write as _;

use eve::docker::DockerConfig;
use eve::k8s::K8sConfig;
use serde_json::{Value, json};

use crate::args::Backend;
use crate::failure::Failure;
use crate::writing::{Answer, grade};

/// Says what a runtime makes of every key that can be asked for; nothing is asked of an engine or a cluster.
pub(crate) fn support(runtime: Backend) -> Result<Answer, Failure> {
    let table = match runtime {
        Backend::Process => eve::process::support(),
        Backend::Docker => eve::docker::support(&DockerConfig::from_env()),
        Backend::K8s => eve::k8s::support(&K8sConfig::new()),
    }?;
    let mut text = String::new();
    for one in &table {
        let _ = write!(text, "{:<13} {}", grade(one.lost), one.key);
        let _ = one.reason.as_ref().map_or(Ok(()), |reason| write!(text, ": {reason}"));
        text.push('\n');
    }
    let keys = table.iter().map(|one| json!({ "key": one.key, "grade": grade(one.lost), "reason": one.reason }));
    Ok(Answer::ok(text.trim_end()).with("keys", keys.collect::<Vec<Value>>()))
}
