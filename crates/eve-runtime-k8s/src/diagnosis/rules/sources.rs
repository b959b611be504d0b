//! Secrets and config maps that a pod takes its environment and files from.

use k8s_openapi::api::core::v1::{Container as ContainerSpec, Pod};

use k8s_openapi::api::networking::v1::Ingress;

use crate::diagnosis::scene::Scene;

/// What a secret of a certificate holds.
const CERTIFICATE: [&str; 2] = ["tls.crt", "tls.key"];

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::diagnosis) enum SourceKind {
    Secret,
    ConfigMap,
}

impl SourceKind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
        }
    }
}

/// Something that a pod reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::diagnosis) struct Source {
    pub(in crate::diagnosis) kind: SourceKind,
    pub(in crate::diagnosis) name: String,
    /// One key of it; none for all that there are.
    pub(in crate::diagnosis) key: Option<String>,
    pub(in crate::diagnosis) optional: bool,
}

/// What an ingress takes its certificates from, key by key.
pub(in crate::diagnosis) fn of_ingress(ingress: &Ingress) -> Vec<Source> {
    let tls = ingress.spec.iter().flat_map(|spec| spec.tls.iter().flatten());
    let names = tls.filter_map(|tls| tls.secret_name.clone());
    let keys = |name: String| {
        CERTIFICATE.map(|key| Source {
            kind: SourceKind::Secret,
            name: name.clone(),
            key: Some(key.to_owned()),
            optional: false,
        })
    };
    names.flat_map(keys).collect()
}

/// How a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Absent,
    /// It is there, and lacks the key.
    Keyless,
    /// It is there, or nobody could look.
    Fine,
}

impl Source {
    /// `ConfigMap settings` or `key TOKEN of Secret credentials`.
    pub(super) fn title(&self) -> String {
        match &self.key {
            Some(key) => format!("key {key} of {} {}", self.kind.word(), self.name),
            None => format!("{} {}", self.kind.word(), self.name),
        }
    }

    /// What of it is not there: a key, or the whole of it.
    pub(super) fn lacking(&self, scene: &Scene<'_>) -> Option<Self> {
        match self.presence(scene) {
            Presence::Fine => None,
            Presence::Keyless => Some(self.clone()),
            Presence::Absent => Some(Self { key: None, ..self.clone() }),
        }
    }

    pub(super) fn presence(&self, scene: &Scene<'_>) -> Presence {
        let (what, list) = match self.kind {
            SourceKind::Secret => ("secrets", &scene.view.secrets),
            SourceKind::ConfigMap => ("configmaps", &scene.view.config_maps),
        };
        if !scene.view.was_read(what) {
            return Presence::Fine;
        }
        let Some(found) = list.iter().find(|one| one.name == self.name) else { return Presence::Absent };
        match (&self.key, &found.keys) {
            (Some(key), Some(keys)) if !keys.contains(key) => Presence::Keyless,
            _ => Presence::Fine,
        }
    }
}

/// What a container takes its variables from.
pub(in crate::diagnosis) fn of_container(spec: &ContainerSpec) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut add = |kind, name: &str, key: Option<&String>, optional: Option<bool>| {
        let source = Source { kind, name: name.to_owned(), key: key.cloned(), optional: optional == Some(true) };
        sources.push(source);
    };
    for from in spec.env_from.iter().flatten() {
        if let Some(map) = &from.config_map_ref {
            add(SourceKind::ConfigMap, &map.name, None, map.optional);
        }
        if let Some(secret) = &from.secret_ref {
            add(SourceKind::Secret, &secret.name, None, secret.optional);
        }
    }
    for from in spec.env.iter().flatten().filter_map(|variable| variable.value_from.as_ref()) {
        if let Some(map) = &from.config_map_key_ref {
            add(SourceKind::ConfigMap, &map.name, Some(&map.key), map.optional);
        }
        if let Some(secret) = &from.secret_key_ref {
            add(SourceKind::Secret, &secret.name, Some(&secret.key), secret.optional);
        }
    }
    sources
}

/// Single files that a container takes from a volume: what is not there becomes an empty folder.
pub(in crate::diagnosis) fn of_sub_paths(pod: &Pod, spec: &ContainerSpec) -> Vec<Source> {
    let volumes: Vec<_> = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten()).collect();
    let mounts = spec.volume_mounts.iter().flatten();
    let sources = mounts.filter_map(|mount| {
        let key = mount.sub_path.as_deref().filter(|key| !key.is_empty() && !key.contains('/'))?;
        let volume = volumes.iter().find(|volume| volume.name == mount.name)?;
        let (kind, name) = match (&volume.config_map, &volume.secret) {
            // Where files are renamed, the key is another one.
            (Some(map), _) if map.items.is_none() => (SourceKind::ConfigMap, map.name.clone()),
            (_, Some(secret)) if secret.items.is_none() => (SourceKind::Secret, secret.secret_name.clone()?),
            _ => return None,
        };
        Some(Source { kind, name, key: Some(key.to_owned()), optional: true })
    });
    sources.collect()
}

/// What a pod takes its files from.
pub(in crate::diagnosis) fn of_volumes(pod: &Pod) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut add = |kind, name: &str, optional: Option<bool>, items: Option<&Vec<_>>| {
        let items: Vec<&k8s_openapi::api::core::v1::KeyToPath> = items.into_iter().flatten().collect();
        let keys = items.iter().map(|item| Some(item.key.clone()));
        let keys: Vec<_> = if items.is_empty() { vec![None] } else { keys.collect() };
        let optional = optional == Some(true);
        sources.extend(keys.into_iter().map(|key| Source { kind, name: name.to_owned(), key, optional }));
    };
    for volume in pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten()) {
        if let Some(map) = &volume.config_map {
            add(SourceKind::ConfigMap, &map.name, map.optional, map.items.as_ref());
        }
        if let Some(secret) = &volume.secret {
            let name = secret.secret_name.as_deref().unwrap_or_default();
            add(SourceKind::Secret, name, secret.optional, secret.items.as_ref());
        }
        for part in volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten()) {
            // The root certificate is put there by the cluster itself, for every pod.
            if let Some(map) = part.config_map.as_ref().filter(|map| map.name != "kube-root-ca.crt") {
                add(SourceKind::ConfigMap, &map.name, map.optional, map.items.as_ref());
            }
            if let Some(secret) = &part.secret {
                add(SourceKind::Secret, &secret.name, secret.optional, secret.items.as_ref());
            }
        }
    }
    sources
}
