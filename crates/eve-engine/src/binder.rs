//! From a release to what is applied in one environment.

use std::collections::BTreeMap;

use eve_core::desired::Process;
use eve_core::pipeline::Step;
use eve_core::{Bound, Desired, Origin, Release, Result, SecretName, Template, VarName, service_url_variable};

use crate::EnvironmentSecrets;
use crate::parts::Parts;

/// Binds a release to an environment: platform variables and secret versions, those of its pipeline's steps too.
///
/// # Errors
/// `environment.unknown`, `pipeline.unknown`; `secret.missing` with all that are missing.
pub(crate) async fn bind(parts: &Parts, release: &Release, env: &eve_core::EnvName) -> Result<Bound> {
    let mut bound = release.bind(env, BTreeMap::new())?;
    add_platform_variables(&mut bound.desired, parts.settings.api_url.as_deref())?;
    let (_, pipeline) = release.project.pipeline_of(env)?;
    let mut needed = bound.desired.secrets();
    for (name, place) in pipeline.steps.iter().flat_map(Step::secrets_of_variables) {
        needed.entry(name).or_default().push(place);
    }
    versions(parts, &mut bound, &needed).await?;
    Ok(bound)
}

/// Gives a target state the current versions of its secrets. No pipeline runs on it.
///
/// # Errors
/// `secret.missing` with all that are missing.
pub(crate) async fn bind_secrets(parts: &Parts, bound: &mut Bound) -> Result<()> {
    let needed = bound.desired.secrets();
    versions(parts, bound, &needed).await
}

async fn versions(parts: &Parts, bound: &mut Bound, needed: &BTreeMap<SecretName, Vec<String>>) -> Result<()> {
    let secrets = EnvironmentSecrets::new(parts.secrets.clone(), bound.environment().clone());
    bound.secrets = secrets.versions(needed).await?;
    Ok(())
}

/// Checks that every secret that a target state or its pipeline needs is there.
///
/// # Errors
/// `secret.missing` with all that are missing.
pub(crate) async fn check_secrets(
    parts: &Parts,
    desired: &Desired,
    steps: impl IntoIterator<Item = (SecretName, String)>,
) -> Result<()> {
    let mut needed = desired.secrets();
    for (name, place) in steps {
        needed.entry(name).or_default().push(place);
    }
    EnvironmentSecrets::new(parts.secrets.clone(), desired.environment.clone()).versions(&needed).await.map(drop)
}

/// Adds the variables that every workload finds. The manifest's own win.
fn add_platform_variables(desired: &mut Desired, api_url: Option<&str>) -> Result<()> {
    let env = desired.environment.clone();
    let mut variables: BTreeMap<VarName, Template> = BTreeMap::new();
    let mut set = |name: &str, value: &str| -> Result<()> {
        variables.insert(VarName::new(name)?, Template::text(value));
        Ok(())
    };
    set("EVE_ORG_ID", env.org.as_str())?;
    set("EVE_PROJECT_ID", &format!("{}/{}", env.org, env.project))?;
    set("EVE_ENV_NAME", env.env.as_str())?;
    if let Some(url) = api_url {
        set("EVE_API_URL", url)?;
    }
    for (name, service) in &desired.services {
        if service.main_port().is_some() {
            variables.insert(service_url_variable(name)?, Template::service_url(name.clone()));
        }
    }
    let Desired { services, jobs, origins, .. } = desired;
    let processes = services
        .iter_mut()
        .map(|(name, service)| (name, &mut service.process))
        .chain(jobs.iter_mut().map(|(name, job)| (name, &mut job.process)));
    for (service, process) in processes {
        let Process { environment, .. } = process;
        for (name, value) in &variables {
            if !environment.contains_key(name) {
                environment.insert(name.clone(), value.clone());
                origins.insert(format!("services.{service}.environment.{name}"), Origin::Platform);
            }
        }
    }
    Ok(())
}
