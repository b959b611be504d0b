//! Where images are kept.

use eve_core::{RegistrySpec, SecretName};

use crate::grammar::At;
use crate::language::{RegistryPlace, RegistryWord};

/// Where images are kept. None if it cannot be read.
pub(super) fn lower(written: &RegistryPlace) -> Option<RegistrySpec> {
    let mapping = match written {
        RegistryPlace::Word(RegistryWord::Eve) => return Some(RegistrySpec::Platform),
        RegistryPlace::Word(RegistryWord::None) => return Some(RegistrySpec::None),
        RegistryPlace::Mapping(mapping) => mapping,
    };
    let auth = mapping.auth.as_ref().map(|at| &at.value);
    let secret = |said: Option<&At<SecretName>>, default: &str| match said {
        Some(at) => Some(at.value.clone()),
        None => SecretName::new(default).ok(),
    };
    Some(RegistrySpec::Host {
        host: mapping.host.as_ref()?.value.clone(),
        namespace: mapping.namespace.as_ref().map(|at| at.value.0.clone()),
        username: secret(auth.and_then(|auth| auth.username_secret.as_ref()), "REGISTRY_USERNAME")?,
        token: secret(auth.and_then(|auth| auth.token_secret.as_ref()), "REGISTRY_PASSWORD")?,
    })
}
