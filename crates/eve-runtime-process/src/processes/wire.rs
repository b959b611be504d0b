//! What goes through a channel between a holder and its owner.
//!
//! A message that starts a child carries the values of its variables, secrets among them: it goes
//! from process to process of one user and is never stored.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use bytes::Bytes;
use eve_core::{Body, Error, Exit, LogCursor, LogItem, LogOptions, LogSource, Result, Secret, Timestamp, codes};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::stored_spec::StoredSpec;
use super::{ChildId, ChildSpec, Environment, Mandate, Remains};

/// What a holder is asked. The answer is what the method of
/// [`ChildHolder`](super::ChildHolder) of the same name answers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Request {
    Raise { under: Mandate },
    Start { spec: Box<WireSpec>, under: Mandate },
    Stop { id: ChildId, grace: Duration, under: Mandate },
    Release { id: ChildId, remains: Remains, under: Mandate },
    List { below: String },
    Status { id: ChildId },
    Watch,
    Logs { id: ChildId, how: WireLogOptions },
}

/// A whole spec.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireSpec {
    id: ChildId,
    about: Body,
    source: LogSource,
    path: OsString,
    stored: StoredSpec,
    values: BTreeMap<String, Value>,
}

/// The value of a variable.
struct Value(Secret);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireLogOptions {
    follow: bool,
    tail: Option<usize>,
    after: BTreeMap<LogSource, LogCursor>,
}

/// An item of a log.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum WireLogItem {
    Line { source: LogSource, cursor: LogCursor, at: Timestamp, text: Text },
    Gap { source: LogSource, after: Option<LogCursor>, cause: String },
    Ended { source: LogSource, exit: Exit },
}

/// The bytes of a line: most are text.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Text {
    Utf8(String),
    Bytes(Vec<u8>),
}

impl WireSpec {
    pub(super) fn of(spec: &ChildSpec) -> Self {
        let values = spec.environment.variables();
        Self {
            id: spec.id.clone(),
            about: spec.about.clone(),
            source: spec.source.clone(),
            path: spec.environment.path().to_owned(),
            stored: StoredSpec::of(spec),
            values: values.map(|(name, value)| (name.to_owned(), Value(value.clone()))).collect(),
        }
    }

    /// The spec again.
    ///
    /// # Errors
    /// `control.malformed` if a variable has no value.
    pub(super) fn into_spec(self) -> Result<ChildSpec> {
        let Self { id, about, source, path, stored, values } = self;
        let value = |name: &str| values.get(name).map(|value| value.0.clone());
        let environment = Environment::filled(path, &stored.variables, value).ok_or_else(|| {
            Error::invalid(codes::CONTROL_MALFORMED, format!("a variable of {id} came without its value"))
        })?;
        Ok(stored.into_spec(id, about, source, environment))
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Secret::new(text)))
    }
}

impl From<&LogOptions> for WireLogOptions {
    fn from(how: &LogOptions) -> Self {
        Self { follow: how.follow, tail: how.tail, after: how.after.clone() }
    }
}

impl From<WireLogOptions> for LogOptions {
    fn from(how: WireLogOptions) -> Self {
        let mut options = Self::default().with_follow(how.follow);
        options.tail = how.tail;
        options.after = how.after;
        options
    }
}

impl WireLogItem {
    /// # Errors
    /// `capability.unsupported` for an item that this version does not know.
    pub(super) fn of(item: LogItem) -> Result<Self> {
        Ok(match item {
            LogItem::Line { source, cursor, at, bytes } => {
                let text = String::from_utf8(bytes.into()).map_or_else(|e| Text::Bytes(e.into_bytes()), Text::Utf8);
                Self::Line { source, cursor, at, text }
            }
            LogItem::Gap { source, after, cause } => Self::Gap { source, after, cause },
            LogItem::Ended { source, exit } => Self::Ended { source, exit },
            _ => {
                let text = "a log holds an item that is not known here";
                return Err(Error::unsupported(codes::CAPABILITY_UNSUPPORTED, text));
            }
        })
    }
}

impl From<WireLogItem> for LogItem {
    fn from(item: WireLogItem) -> Self {
        match item {
            WireLogItem::Line { source, cursor, at, text } => {
                let bytes = match text {
                    Text::Utf8(text) => Bytes::from(text),
                    Text::Bytes(bytes) => Bytes::from(bytes),
                };
                Self::Line { source, cursor, at, bytes }
            }
            WireLogItem::Gap { source, after, cause } => Self::Gap { source, after, cause },
            WireLogItem::Ended { source, exit } => Self::Ended { source, exit },
        }
    }
}

#[cfg(test)]
mod tests {
    use eve_core::control::Message;

    use super::*;

    #[test]
    fn a_spec_is_the_same_on_the_other_side() {
        let mut environment = Environment::new("/bin");
        environment.set_secret("URL", Secret::new("db://hunter22"), std::iter::once(5..13));
        let id = ChildId::new("instances/a/web@1").unwrap();
        let mut spec =
            ChildSpec::new(id, Body::of(&1).unwrap(), LogSource::new("web@1"), vec!["a".into()], environment);
        spec.slot = Some("a/web".to_owned());
        let message = Message::of(&WireSpec::of(&spec)).unwrap();
        let back = message.decode::<WireSpec>().unwrap().into_spec().unwrap();
        assert_eq!(StoredSpec::of(&back), StoredSpec::of(&spec));
        assert_eq!((back.id, back.about, back.source), (spec.id, spec.about, spec.source));
        assert_eq!(back.environment.path(), "/bin");
        let values: Vec<_> = back.environment.variables().map(|(name, value)| (name, value.expose())).collect();
        assert_eq!(values, [("URL", "db://hunter22")]);
    }

    #[test]
    fn a_line_is_the_same_on_the_other_side() {
        for bytes in [&b"text \n"[..], b"", b"\xff\x00 no UTF-8"] {
            let (source, cursor) = (LogSource::new("web"), LogCursor::new("7"));
            let at = Timestamp::from_millis(1);
            let line = LogItem::Line { source, cursor, at, bytes: Bytes::copy_from_slice(bytes) };
            let message = Message::of(&WireLogItem::of(line.clone()).unwrap()).unwrap();
            assert_eq!(LogItem::from(message.decode::<WireLogItem>().unwrap()), line);
        }
    }
}
