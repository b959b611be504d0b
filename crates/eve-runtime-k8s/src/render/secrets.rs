//! Secrets that a workload finds in variables and files. Their values are in a Secret of its own, and nowhere else.

use std::collections::BTreeMap;

use eve_core::desired::SecretFile;
use eve_core::{
    Body, Bound, Error, ObjectName, Result, SecretName, SecretVersion, ServiceName, Template, VarName, codes,
    secret_versions,
};
use serde_json::{Value, json};

use crate::name;

/// The secrets of a workload: what a Secret holds, and where it is found.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    /// By the keys of the Secret: variables under their names, files under `file-` and a number.
    pub(crate) templates: BTreeMap<String, Template>,
    pub(crate) versions: BTreeMap<SecretName, SecretVersion>,
    pub(crate) volumes: Vec<Value>,
    pub(crate) mounts: Vec<Value>,
    /// The name of the Secret: other versions are another Secret, so that whoever uses it is made anew. None without
    /// secrets.
    pub(crate) name: Option<ObjectName>,
}

impl Secrets {
    /// Those of some variables and files. A value that is put together from several is one key.
    pub(crate) fn of(
        service: &ServiceName,
        variables: &BTreeMap<VarName, Template>,
        files: &[SecretFile],
        want: &Bound,
    ) -> Result<Self> {
        let mut versions = secret_versions(variables, want)?;
        for file in files {
            let version = want.secrets.get(&file.secret).ok_or_else(|| {
                Error::not_found(codes::SECRET_MISSING, format!("secret {} was not bound to a version", file.secret))
            })?;
            versions.insert(file.secret.clone(), version.clone());
        }
        Self::of_versions(service, variables, files, versions)
    }

    /// Those of some variables.
    pub(crate) fn of_variables(
        service: &ServiceName,
        variables: &BTreeMap<VarName, Template>,
        versions: &BTreeMap<SecretName, SecretVersion>,
    ) -> Result<Self> {
        Self::of_versions(service, variables, &[], versions.clone())
    }

    fn of_versions(
        service: &ServiceName,
        variables: &BTreeMap<VarName, Template>,
        files: &[SecretFile],
        versions: BTreeMap<SecretName, SecretVersion>,
    ) -> Result<Self> {
        let mut out = Self { versions, ..Self::default() };
        for (variable, template) in variables.iter().filter(|(_, template)| template.secrets().next().is_some()) {
            out.templates.insert(variable.to_string(), template.clone());
        }
        for (at, file) in files.iter().enumerate() {
            out.templates.insert(format!("file-{at}"), Template::secret(file.secret.clone()));
        }
        if out.templates.is_empty() {
            return Ok(out);
        }
        let what = format!("secrets-{}", Body::of(&(&out.templates, &out.versions))?.digest().short(8));
        let secret = name::beside(service, &what)?;
        for (at, file) in files.iter().enumerate() {
            let volume = format!("secret-{at}");
            let items = json!([{ "key": format!("file-{at}"), "path": "secret" }]);
            out.volumes.push(
                json!({ "name": volume, "secret": { "secretName": secret, "items": items, "defaultMode": 0o444 } }),
            );
            out.mounts.push(json!({ "name": volume, "mountPath": file.target, "subPath": "secret", "readOnly": true }));
        }
        out.name = Some(secret);
        Ok(out)
    }

    /// How a variable gets its value.
    pub(crate) fn reference(&self, variable: &VarName) -> Option<Value> {
        let secret = self.name.as_ref().filter(|_| self.templates.contains_key(variable.as_str()))?;
        Some(json!({ "secretKeyRef": { "name": secret, "key": variable } }))
    }
}
