//! Where results go.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use eve::manifest::Problem;
use serde_json::{Map, Value, json};

use super::Answer;
use crate::args::Format;
use crate::failure::Failure;

/// Where results go: standard output, in the form that was asked for.
///
/// A reader that goes away (`eve env logs | head`) is no failure: what is left is not written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    format: Format,
}

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        Self { format }
    }

    /// A part of the result that is known before its end: an object in one form, text in the
    /// other. False if nobody reads any more.
    pub(crate) fn part(self, object: impl FnOnce() -> Value, text: impl FnOnce() -> Vec<u8>) -> bool {
        line(&self.form(object, text)).is_ok()
    }

    /// A piece of what somebody else wrote: an object in one form, and as it is in the other, on standard output or
    /// standard error. False if nobody reads any more.
    pub(crate) fn piece(self, object: impl FnOnce() -> Value, bytes: &[u8], is_error: bool) -> bool {
        let write = |to: &mut dyn io::Write| to.write_all(bytes).and_then(|()| to.flush());
        let written = match (self.format, is_error) {
            (Format::Json, _) => line(object().to_string().as_bytes()),
            (Format::Text, false) => write(&mut io::stdout().lock()),
            (Format::Text, true) => write(&mut io::stderr().lock()),
        };
        written.is_ok()
    }

    /// A line of the result in the form that was asked for.
    pub(crate) fn form(self, object: impl FnOnce() -> Value, text: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
        match self.format {
            Format::Json => object().to_string().into_bytes(),
            Format::Text => text(),
        }
    }

    /// What the author of a manifest should know, beside the result.
    pub(crate) fn warn(warnings: &[Problem]) {
        for warning in warnings {
            // Nobody reads any more where this fails.
            let _ = writeln!(io::stderr(), "{warning}\n");
        }
    }

    /// The end of a command that did its work.
    pub(crate) fn answer(self, answer: Answer) -> u8 {
        // Nobody reads any more where this fails.
        let _ = match self.format {
            Format::Json => line(Value::Object(answer.object).to_string().as_bytes()),
            Format::Text if answer.text.is_empty() => Ok(()),
            Format::Text => line(answer.text.trim_end().as_bytes()),
        };
        answer.exit
    }

    /// The end of a command that did not.
    pub(crate) fn failure(self, failure: &Failure) -> u8 {
        match self.format {
            Format::Json => {
                let mut object = Map::from_iter([("outcome".to_owned(), json!(failure.outcome()))]);
                object.extend(failure.about.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
                object.insert("error".to_owned(), json!(failure));
                let _ = line(Value::Object(object).to_string().as_bytes());
            }
            Format::Text => {
                let _ = io::stderr().write_all(text_of(failure).as_bytes());
            }
        }
        failure.exit
    }
}

pub(super) fn line(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    out.write_all(b"\n")?;
    out.flush()
}

fn text_of(failure: &Failure) -> String {
    let mut text = String::new();
    for problem in &failure.problems {
        let _ = write!(text, "{problem}\n\n");
    }
    let _ = writeln!(text, "error[{}]: {}", failure.code, failure.message);
    if let Some(finding) = &failure.finding {
        text.push_str(&super::describe::evidence(finding));
    }
    if let Some(hint) = failure.hint.as_ref().filter(|_| failure.problems.is_empty()) {
        let _ = writeln!(text, "  hint: {hint}");
    }
    text
}
