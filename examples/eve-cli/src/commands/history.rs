//! What was journaled of an environment.

use std::collections::BTreeSet;

use eve::event::RunKind;
use eve::{Engine, EnvironmentId, Error, OrgName, ProjectName, Result, RunRecord, ServiceName, codes};

/// The runs of an environment, oldest first.
///
/// # Errors
/// `environment.unknown` if nothing was ever done with it.
pub(super) async fn known(engine: &Engine, env: &EnvironmentId) -> Result<Vec<RunRecord>> {
    let runs = engine.runs(env).await?;
    if !runs.is_empty() {
        return Ok(runs);
    }
    let text = format!("nothing was ever deployed to {env}");
    let others: Vec<_> =
        environments(engine, &env.org, &env.project).await?.iter().map(|id| id.env.to_string()).collect();
    let hint = if others.is_empty() {
        "look at --org, --project and --state".to_owned()
    } else {
        format!("known here: {}", others.join(", "))
    };
    Err(Error::not_found(codes::ENVIRONMENT_UNKNOWN, text).with_hint(hint))
}

/// The environments of a project that some run was journaled for.
pub(super) async fn environments(engine: &Engine, org: &OrgName, project: &ProjectName) -> Result<Vec<EnvironmentId>> {
    let mut found = BTreeSet::new();
    for (stream, _) in engine.journal().streams(&format!("run/{org}/{project}/")).await? {
        let address = stream.as_str().strip_prefix("run/").and_then(|rest| rest.rsplit_once('/'));
        if let Some((address, _)) = address {
            found.insert(EnvironmentId::parse(address)?);
        }
    }
    Ok(found.into_iter().collect())
}

/// Every service that some of the runs wanted.
pub(super) fn services(runs: &[RunRecord], env: &EnvironmentId) -> BTreeSet<ServiceName> {
    let mut found = BTreeSet::new();
    for run in runs {
        let desired = match &run.kind {
            RunKind::Deploy { project } => project.environment(&env.env).ok().map(|declared| &declared.desired),
            RunKind::Promote { release } => {
                release.project.environment(&env.env).ok().map(|declared| &declared.desired)
            }
            RunKind::Rollback { bound } => Some(&bound.desired),
            _ => None,
        };
        found.extend(desired.into_iter().flat_map(|desired| desired.services.keys().cloned()));
    }
    found
}
