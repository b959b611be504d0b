//! Filling templates: addresses while planning, secrets when a workload starts.

use std::collections::BTreeMap;

use crate::{
    Addresses, Bound, Error, OpCx, Part, Result, Secret, SecretName, SecretVersion, ServiceName, Template, VarName,
    codes,
};

/// Fills the addresses of an environment's variables. What is left are text and secrets.
///
/// # Errors
/// `service.no_url` or `service.unknown` from `at`.
pub fn resolve_addresses(
    variables: &BTreeMap<VarName, Template>,
    at: &dyn Addresses,
) -> Result<BTreeMap<VarName, Template>> {
    variables.iter().map(|(name, template)| Ok((name.clone(), resolve_template(template, at)?))).collect()
}

fn resolve_template(template: &Template, at: &dyn Addresses) -> Result<Template> {
    let parts: Result<Vec<Part>> = template
        .parts()
        .iter()
        .map(|part| match part {
            Part::ServiceUrl(service) => Ok(Part::Text(at.service_url(service)?)),
            Part::Managed { service, field } => Ok(Part::Secret(field.secret(service)?)),
            part => Ok(part.clone()),
        })
        .collect();
    Ok(Template::from_parts(parts?))
}

/// The versions of the secrets that some variables need.
///
/// # Errors
/// `secret.missing` if the target state was bound without one of them.
pub fn secret_versions(
    variables: &BTreeMap<VarName, Template>,
    bound: &Bound,
) -> Result<BTreeMap<SecretName, SecretVersion>> {
    let mut out = BTreeMap::new();
    for name in variables.values().flat_map(Template::secrets) {
        let version = bound.secrets.get(&name).ok_or_else(|| {
            Error::not_found(codes::SECRET_MISSING, format!("secret {name} was not bound to a version"))
        })?;
        out.insert(name, version.clone());
    }
    Ok(out)
}

/// Fills the secrets of variables, as the last thing before a workload starts.
///
/// # Errors
/// `secret.missing`, `secret.unreadable`; `internal.invariant` if an address was not filled before.
pub async fn resolve_secrets(
    variables: &BTreeMap<VarName, Template>,
    versions: &BTreeMap<SecretName, SecretVersion>,
    cx: &OpCx,
) -> Result<Vec<(VarName, Secret)>> {
    let mut out = Vec::with_capacity(variables.len());
    for (name, template) in variables {
        let mut text = String::new();
        for part in template.parts() {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Secret(secret) => {
                    let version = versions.get(secret).ok_or_else(|| {
                        Error::not_found(codes::SECRET_MISSING, format!("secret {secret} was not bound to a version"))
                    })?;
                    text.push_str(cx.secrets.resolve(secret, version).await?.expose());
                }
                other => {
                    let text =
                        format!("{:?} of {name} was not filled while planning", Template::from_parts([other.clone()]));
                    return Err(Error::internal(codes::INTERNAL_INVARIANT, text));
                }
            }
        }
        out.push((name.clone(), Secret::new(text)));
    }
    Ok(out)
}

/// The name of the variable that carries a service's URL: `EVE_SERVICE_<NAME>_URL`.
///
/// # Errors
/// `name.invalid` never happens for a valid service; the signature keeps the check.
pub fn service_url_variable(service: &ServiceName) -> Result<VarName> {
    let upper: String = service
        .as_str()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    VarName::new(format!("EVE_SERVICE_{upper}_URL"))
}
