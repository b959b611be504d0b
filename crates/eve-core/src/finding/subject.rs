//! Whom a finding is about.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Digest, InstanceRef, ServiceName};

/// Whom a finding is about.
///
/// A wait counts a finding only if instance and hash are those that it waits for: an older
/// revision's crash fails nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Subject {
    /// The service.
    pub service: Option<ServiceName>,
    /// The instance.
    pub instance: Option<InstanceRef>,
    /// What the instance was made from.
    pub hash: Option<Digest>,
    /// The version of the object at which the condition was seen.
    pub version: u64,
    /// Where it stands in the backend's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

impl Subject {
    /// A service as a whole.
    pub fn service(service: ServiceName) -> Self {
        Self { service: Some(service), ..Self::default() }
    }

    /// One instance, as it was seen.
    pub fn object(object: &crate::Object) -> Self {
        Self {
            service: object.service.clone(),
            instance: Some(object.instance()),
            hash: object.hash.clone(),
            version: object.version,
            place: None,
        }
    }

    /// Something that a backend holds, Eve's or not.
    pub fn place(place: Place) -> Self {
        Self { place: Some(place), ..Self::default() }
    }

    /// Says where it stands in the backend's own words.
    pub fn with_place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
}

/// An object in a backend's own words, with the container in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Place {
    /// The backend's word for what it is (`Pod`, `Deployment`).
    pub kind: String,
    /// The namespace; none for what belongs to the whole cluster, or where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Which of that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The container in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
}

impl Place {
    /// An object of the whole backend.
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind: kind.into(), name: name.into(), ..Self::default() }
    }

    /// Sets the namespace.
    pub fn in_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Says which of that name it is.
    pub fn with_uid(mut self, uid: impl Into<String>) -> Self {
        self.uid = Some(uid.into());
        self
    }

    /// Names a container in it.
    pub fn with_container(mut self, container: impl Into<String>) -> Self {
        self.container = Some(container.into());
        self
    }

    /// The object itself, whatever is in it.
    pub fn whole(&self) -> Self {
        Self { container: None, ..self.clone() }
    }
}

/// `Pod shop/web-0, container main`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind)?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(&self.name)?;
        match &self.container {
            Some(container) => write!(f, ", container {container}"),
            None => Ok(()),
        }
    }
}
