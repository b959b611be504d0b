//! Text with holes that are filled as late as possible.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::desired::ManagedField;
use crate::{SecretName, ServiceName};

/// A piece of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// Text as it is.
    Text(String),
    /// A secret's text, filled in when the workload starts.
    Secret(SecretName),
    /// The stable URL of a service of the same environment, without a trailing slash, filled in
    /// while planning.
    ServiceUrl(ServiceName),
    /// What is to be known of a managed service: a secret of the environment, filled in when the workload starts.
    Managed {
        /// The managed service.
        service: ServiceName,
        /// The field.
        field: ManagedField,
    },
}

/// A value whose text is known only in part: pieces of text, secrets and addresses.
///
/// Secrets are references until the workload starts, so a template can be printed and hashed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(Vec<Part>);

impl Template {
    /// A template of plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::from_parts([Part::Text(text.into())])
    }

    /// A template of one secret.
    pub fn secret(name: SecretName) -> Self {
        Self::from_parts([Part::Secret(name)])
    }

    /// A template of one service's URL.
    pub fn service_url(service: ServiceName) -> Self {
        Self::from_parts([Part::ServiceUrl(service)])
    }

    /// A template of several pieces. Neighbouring text is joined and empty text left out, so that
    /// equal templates are equal values.
    pub fn from_parts(parts: impl IntoIterator<Item = Part>) -> Self {
        let parts = parts.into_iter();
        let mut out = Vec::with_capacity(parts.size_hint().0);
        for part in parts {
            match (out.last_mut(), part) {
                (_, Part::Text(text)) if text.is_empty() => {}
                (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
                (_, part) => out.push(part),
            }
        }
        Self(out)
    }

    /// The pieces, in order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The text, if there is no hole left in it.
    pub fn as_text(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The secrets that it needs, those that hold fields of managed services included.
    pub fn secrets(&self) -> impl Iterator<Item = SecretName> {
        self.0.iter().filter_map(|part| match part {
            Part::Secret(name) => Some(name.clone()),
            Part::Managed { service, field } => field.secret(service).ok(),
            _ => None,
        })
    }

    /// The services whose URL it needs.
    pub fn services(&self) -> impl Iterator<Item = &ServiceName> {
        self.0.iter().filter_map(|part| match part {
            Part::ServiceUrl(name) => Some(name),
            _ => None,
        })
    }
}

impl From<&str> for Template {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Secret(name) => write!(f, "${{secret.{name}}}")?,
                Part::ServiceUrl(name) => write!(f, "${{service.{name}.url}}")?,
                Part::Managed { service, field } => write!(f, "${{managed.{service}.{field}}}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}
