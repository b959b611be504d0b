//! How a connection begins.

use eve_core::control::{ErrorReport, PartName};
use eve_core::{Error, Result, codes};
use serde::{Deserialize, Serialize};

/// The protocol that this crate speaks.
pub(crate) const PROTOCOL: u32 = 1;

/// The version of this crate.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The first thing that a client says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    pub(crate) protocol: u32,
    pub(crate) version: String,
}

/// What the server answers to it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Greeting {
    Welcome(Welcome),
    Refused { error: ErrorReport },
}

/// Who answers, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Welcome {
    pub(crate) protocol: u32,
    pub(crate) version: String,
    pub(crate) pid: u32,
    pub(crate) parts: Vec<PartName>,
}

impl Hello {
    pub(crate) fn ours() -> Self {
        Self { protocol: PROTOCOL, version: VERSION.to_owned() }
    }

    /// Whether this version can serve whoever says this.
    ///
    /// # Errors
    /// `control.version`.
    pub(crate) fn check(&self) -> Result<()> {
        speaks(self.protocol, &self.version, "this engine", std::process::id())
    }
}

impl Welcome {
    /// Whether this version can talk to whoever says this.
    ///
    /// # Errors
    /// `control.version`.
    pub(crate) fn check(&self) -> Result<()> {
        speaks(self.protocol, &self.version, "the running supervisor", self.pid)
    }

    /// Whether a part understands what this version says to it. One that is not there says so itself.
    ///
    /// # Errors
    /// `control.version`.
    pub(crate) fn check_part(&self, asked: &PartName) -> Result<()> {
        let mut namesakes = self.parts.iter().filter(|part| part.as_str() == asked.as_str()).peekable();
        let Some(held) = namesakes.peek().map(|part| part.version()) else { return Ok(()) };
        if namesakes.any(|part| part == asked) {
            return Ok(());
        }
        let text = format!(
            "the running supervisor speaks version {held} of {asked}, and this side speaks {}",
            asked.version()
        );
        Err(differs(text, &self.version, "the running supervisor", self.pid))
    }
}

fn speaks(protocol: u32, version: &str, who: &str, supervisor: u32) -> Result<()> {
    if protocol == PROTOCOL {
        return Ok(());
    }
    let text = format!("{who} speaks protocol {protocol}, and the other side speaks {PROTOCOL}");
    Err(differs(text, version, who, supervisor))
}

fn differs(text: String, version: &str, who: &str, supervisor: u32) -> Error {
    // What it calls its version is its own text.
    let version = version.chars().filter(char::is_ascii_graphic).take(32).collect::<String>();
    Error::conflict(codes::CONTROL_VERSION, text).with_hint(format!(
        "{who} is version {version} and the other side is {VERSION}: use one version for both, or end what runs in the \
         state directory with the version that started it (the supervisor is process {supervisor})"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_protocol_is_refused_and_the_hint_names_both_versions() {
        let error = Hello { protocol: 9, version: "9.8.7".to_owned() }.check().unwrap_err();
        assert_eq!(error.code(), &codes::CONTROL_VERSION);
        let hint = error.hint().unwrap();
        assert!(hint.contains("9.8.7") && hint.contains(VERSION), "{hint}");
        assert!(hint.contains(&format!("process {}", std::process::id())), "{hint}");
        Hello::ours().check().unwrap();
    }

    #[test]
    fn a_part_of_another_version_is_refused_and_the_hint_names_its_process() {
        let parts = vec![PartName::new("toys", 2)];
        let welcome = Welcome { protocol: PROTOCOL, version: "9.8.7".to_owned(), pid: 4711, parts };
        welcome.check_part(&PartName::new("toys", 2)).unwrap();
        welcome.check_part(&PartName::new("nobody", 1)).unwrap();
        let error = welcome.check_part(&PartName::new("toys", 1)).unwrap_err();
        assert_eq!(error.code(), &codes::CONTROL_VERSION);
        let hint = error.hint().unwrap();
        assert!(hint.contains("9.8.7") && hint.contains("process 4711"), "{hint}");
    }
}
