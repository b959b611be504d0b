//! Names that a person chose, each validated once, where it enters.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::validated_text::validated_text;
use crate::{Error, Result, codes};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $check:path, $rule:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The rule that every such name keeps, for people.
            pub const RULE: &'static str = $rule;

            /// Validates a name.
            ///
            /// # Errors
            /// `name.invalid` if it breaks [`Self::RULE`].
            pub fn new(text: impl Into<String>) -> Result<Self> {
                let text = text.into();
                if $check(&text) {
                    return Ok(Self(text));
                }
                Err(Error::invalid(codes::NAME_INVALID, format!(concat!("{:?} is not ", $what), text))
                    .with_hint(concat!("use ", $rule)))
            }
        }

        validated_text!($name, "{:?}");

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )*};
}

names! {
    /// An organisation: the owner of projects.
    OrgName, "an organisation name", is_label, "1 to 40 of a-z, 0-9 and -, beginning and ending with a letter or digit";
    /// A project: what one manifest describes.
    ProjectName, "a project name", is_label, "1 to 40 of a-z, 0-9 and -, beginning and ending with a letter or digit";
    /// An environment of a project.
    EnvName, "an environment name", is_label, "1 to 40 of a-z, 0-9 and -, beginning and ending with a letter or digit";
    /// A service of a manifest.
    ServiceName, "a service name", is_word, "1 to 63 of a-z, A-Z, 0-9, ., _ and -, beginning with a letter or digit";
    /// A pipeline of a manifest.
    PipelineName, "a pipeline name", is_word, "1 to 63 of a-z, A-Z, 0-9, ., _ and -, beginning with a letter or digit";
    /// A step of a pipeline.
    StepName, "a step name", is_word, "1 to 63 of a-z, A-Z, 0-9, ., _ and -, beginning with a letter or digit";
    /// A named volume.
    VolumeName, "a volume name", is_word, "1 to 63 of a-z, A-Z, 0-9, ., _ and -, beginning with a letter or digit";
    /// A secret's key.
    SecretName, "a secret name", is_secret, "1 to 128 of A-Z, a-z, 0-9 and _, beginning with a letter or _";
    /// The name of an environment variable.
    VarName, "an environment variable's name", is_variable, "1 to 255 printable characters without = and spaces";
    /// A DNS host name.
    HostName, "a host name", is_host, "labels of a-z, 0-9 and - up to 63 characters each, joined by dots, 253 in all";
    /// What a backend calls an object.
    ObjectName, "an object name", is_object, "1 to 253 printable characters without spaces or /";
}

/// Longest organisation, project or environment name.
pub const MAX_LABEL: usize = 40;

fn is_label(text: &str) -> bool {
    let alphanumeric = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (1..=MAX_LABEL).contains(&text.len())
        && text.bytes().all(|b| alphanumeric(&b) || b == b'-')
        && text.as_bytes().first().is_some_and(alphanumeric)
        && text.as_bytes().last().is_some_and(alphanumeric)
}

fn is_word(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        && text.as_bytes()[0].is_ascii_alphanumeric()
}

fn is_secret(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !text.as_bytes()[0].is_ascii_digit()
}

fn is_variable(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b'=')
}

fn is_host(text: &str) -> bool {
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    (1..=253).contains(&text.len()) && text.split('.').all(label)
}

fn is_object(text: &str) -> bool {
    (1..=253).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_where_they_enter() {
        assert!(OrgName::new("acme").is_ok());
        assert!(ServiceName::new("web_1.x").is_ok());
        assert!(HostName::new("web.acme-shop-sandbox.lvh.me").is_ok());
        for bad in ["", "-a", "a-", "A", "a b", "a/b", "../x", &"x".repeat(41)] {
            assert_eq!(EnvName::new(bad).unwrap_err().code(), &codes::NAME_INVALID, "{bad:?}");
        }
        for bad in ["", ".a", "a/b", "a b", "a\n"] {
            assert!(ServiceName::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_name_is_checked_when_it_is_read_back() {
        assert!(serde_json::from_str::<EnvName>("\"../etc\"").is_err());
    }
}
