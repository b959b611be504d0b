//! Names as the cluster takes them.

use std::fmt;

use eve_core::{Error, ObjectName, Result, ServiceName, codes, naming};
use serde::{Deserialize, Serialize};

/// A name of an object that is in the cluster already: dot-separated DNS labels, at most 63 characters in all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct K8sName(String);

impl K8sName {
    /// Validates a name.
    ///
    /// # Errors
    /// `name.invalid`.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let is_label = |label: &str| {
            let bytes = label.as_bytes();
            bytes.first().is_some_and(|b| edge(*b))
                && bytes.last().is_some_and(|b| edge(*b))
                && bytes.iter().all(|b| edge(*b) || *b == b'-')
        };
        if text.len() <= 63 && text.split('.').all(is_label) {
            return Ok(Self(text));
        }
        Err(Error::invalid(codes::NAME_INVALID, format!("{text:?} is no name of a Kubernetes object"))
            .with_hint("use at most 63 of a-z, 0-9, - and ., beginning and ending with a letter or digit"))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for K8sName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl From<K8sName> for String {
    fn from(name: K8sName) -> Self {
        name.0
    }
}

impl fmt::Display for K8sName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Under which plain name a service is found in its namespace. A cluster's Service begins with a letter.
pub(crate) fn of_service(service: &ServiceName) -> String {
    let label = naming::label(service.as_str());
    if label.starts_with(|c: char| c.is_ascii_lowercase()) { label } else { naming::label(&format!("s {service}")) }
}

/// A name that begins as a service's and says what else it is; long ones are cut, and a hash keeps them apart.
pub(crate) fn beside(service: &ServiceName, what: &str) -> Result<ObjectName> {
    let most = 63 - what.len() - 1;
    let own = of_service(service);
    let stem = if own.len() > most { naming::label_within(&own, most) } else { own };
    ObjectName::new(format!("{stem}-{what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_labels() {
        for good in ["eve", "a.b-c.1", "1a"] {
            assert_eq!(K8sName::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "A", "a_b", "-a", "a-", "a..b", "a/b", &"x".repeat(64)] {
            assert_eq!(K8sName::new(bad).unwrap_err().code(), &codes::NAME_INVALID, "{bad:?}");
        }
    }

    #[test]
    fn a_service_keeps_its_plain_name_where_the_cluster_takes_it() {
        let name = |text: &str| of_service(&ServiceName::new(text).unwrap());
        assert_eq!(name("web"), "web");
        assert!(name("1web").starts_with("s-1web-"), "{}", name("1web"));
        assert_ne!(name("Web"), name("web"));
    }

    #[test]
    fn long_names_beside_a_service_are_cut_and_kept_apart() {
        let service = |letter: &str| ServiceName::new(letter.repeat(63)).unwrap();
        let (a, b) = (beside(&service("a"), "public").unwrap(), beside(&service("b"), "public").unwrap());
        assert!(a.as_str().len() <= 63 && a != b);
    }
}
