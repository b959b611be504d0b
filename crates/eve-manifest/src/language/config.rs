//! Configs: texts and files of the project that services find as files.

use std::str::FromStr;

use eve_core::{Error, VarName};
use schemars::Schema;

use super::storage::Within;
use crate::codes;
use crate::grammar::{At, Definitions, Mapping as _, Reader, Shape, mapping, parsed};
use crate::interpolation::PlainText;
use crate::problem::Note;
use crate::tree::Node;

/// A config's name, which is also the name of its file where a service says no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigName(String);

impl ConfigName {
    /// The rule that every such name keeps, for people.
    const RULE: &'static str = "1 to 255 of a-z, A-Z, 0-9, ., _ and -, other than . and ..";

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConfigName {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if (1..=255).contains(&text.len()) && text.bytes().all(plain) && text != "." && text != ".." {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::invalid(eve_core::codes::NAME_INVALID, format!("{text:?} is not a config name"))
            .with_hint(format!("use {}", Self::RULE)))
    }
}

parsed! {
    ConfigName, "the name of a config";
    VarName, "the name of a variable";
}

mapping! {
    /// What a config holds: one of `content`, `environment` and `file`. It becomes a part of the release, so it is no place for secrets.
    ConfigOptions = "config" extensible {
        /// Its text. Variables in it are filled in; $$ is one $.
        content: PlainText = "content";
        /// The variable whose value it holds.
        environment: VarName = "environment";
        /// The file of the project, relative to its root.
        file: Within = "file";
        /// false, as it always is: what somebody else stored is not found.
        external: bool = "external" else false;
    }
    not_used {
        "labels": "Labels of the config.";
        "name": "A name of the config for others; it is found under the one that it has here.";
    }
    unsupported {
        "template_driver": "remove it; only variables are filled in, in `content`";
    }
}

/// A declared config.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// None if that was reported, or cannot be known yet.
    pub(crate) source: Option<ConfigSource>,
}

/// What a config holds.
#[derive(Debug, Clone)]
pub(crate) enum ConfigSource {
    Text(PlainText),
    Variable(At<VarName>),
    File(At<Within>),
}

impl Shape for Config {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let options = ConfigOptions::read(node, reader)?;
        let said: Vec<_> = ["content", "environment", "file"].into_iter().filter(|key| options.says(key)).collect();
        // A key that is misspelled may be the one.
        let is_faulty = reader.report.has_error_within(node.span);
        let mut refuse =
            |code, span, text: &str, hint: &str| reader.report.add(Note::error(code, span, text).hint(hint));
        if let Some(external) = options.external.as_ref().filter(|at| at.value) {
            let hint = "write its text as `content`, or the `file` of the project that holds it";
            refuse(codes::UNSUPPORTED, external.span, "a config that somebody else stored is not found", hint);
        } else if said.is_empty() && !is_faulty {
            let text = "a config needs `content`, `environment` or `file`";
            refuse(codes::MISSING_KEY, node.span, text, "add one of them");
        }
        if said.len() > 1 {
            let text = format!("a config holds one thing, and here are several: {}", said.join(", "));
            refuse(codes::CONFLICT, node.span, &text, "keep one of them");
            return Some(Self { source: None });
        }
        let text = options.content.map(|at| ConfigSource::Text(at.value));
        let variable = || options.environment.map(ConfigSource::Variable);
        Some(Self { source: text.or_else(variable).or_else(|| options.file.map(ConfigSource::File)) })
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        ConfigOptions::schema(definitions)
    }
}

impl Config {
    /// True if it is one file whatever the project's folder holds.
    pub(crate) fn is_one_file(&self) -> bool {
        matches!(self.source, Some(ConfigSource::Text(_) | ConfigSource::Variable(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_name_of_a_file() {
        let longest = "x".repeat(255);
        for good in ["a", "nginx.conf", "_a-B.9", ".hidden", "...", &longest] {
            assert!(good.parse::<ConfigName>().is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a b", "ä", "a\n", &"x".repeat(256)] {
            assert!(bad.parse::<ConfigName>().is_err(), "{bad}");
        }
    }
}
