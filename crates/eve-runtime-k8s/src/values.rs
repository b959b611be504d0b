//! What is filled into objects only when they are made.

use std::collections::BTreeMap;

use eve_core::{FileBlob, Op, OpCx, Result, SecretName, SecretVersion, Template, VarName, resolve_secrets};
use k8s_openapi::ByteString;
use serde_json::{Value, json};

use crate::labels;
use crate::render::Content;
use crate::runtime::unknown;

/// The object of an operation with everything that is known only now.
pub(crate) async fn filled(op: &Op, cx: &OpCx) -> Result<Value> {
    let (body, hash) = op.body.as_ref().zip(op.after.as_ref()).ok_or_else(|| unknown(op))?;
    let Content { mut object, secrets, versions, files } = body.decode()?;
    if !object["metadata"].is_object() {
        return Err(unknown(op));
    }
    let mut annotations: BTreeMap<String, Value> = labels::stamp(hash, cx);
    if let Some(service) = &op.service {
        annotations.insert(labels::SERVICE.to_owned(), json!(service));
    }
    if let Some(more) = object["metadata"]["annotations"].as_object() {
        annotations.extend(more.clone());
    }
    object["metadata"]["annotations"] = json!(annotations);
    if !secrets.is_empty() {
        object["data"] = json!(of_secrets(&secrets, &versions, cx).await?);
    }
    if !files.is_empty() {
        object["binaryData"] = json!(of_files(&files, cx).await?);
    }
    Ok(object)
}

/// What a Secret holds.
pub(crate) async fn of_secrets(
    secrets: &BTreeMap<String, Template>,
    versions: &BTreeMap<SecretName, SecretVersion>,
    cx: &OpCx,
) -> Result<BTreeMap<String, ByteString>> {
    // Keys of files are no names of variables: each is resolved under one that is.
    let name = VarName::new("VALUE")?;
    let mut out = BTreeMap::new();
    for (key, template) in secrets {
        let one = BTreeMap::from([(name.clone(), template.clone())]);
        for (_, value) in resolve_secrets(&one, versions, cx).await? {
            out.insert(key.clone(), ByteString(value.expose().as_bytes().to_vec()));
        }
    }
    Ok(out)
}

/// What a ConfigMap holds.
pub(crate) async fn of_files(files: &BTreeMap<String, FileBlob>, cx: &OpCx) -> Result<BTreeMap<String, ByteString>> {
    let mut out = BTreeMap::new();
    for (key, blob) in files {
        out.insert(key.clone(), ByteString(cx.files.read(&blob.digest).await?.to_vec()));
    }
    Ok(out)
}
