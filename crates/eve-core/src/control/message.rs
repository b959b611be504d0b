//! What goes through a channel.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::{Error, Result, codes};

/// One message: JSON text that only its part and that part's client understand.
///
/// It may carry resolved secrets, so its content cannot be printed, and its memory is overwritten
/// when it is dropped.
#[derive(Clone)]
pub struct Message(Zeroizing<String>);

impl Message {
    /// The message that stands for a value.
    ///
    /// # Errors
    /// `internal.encode` if the value has no JSON form.
    pub fn of(value: &impl Serialize) -> Result<Self> {
        serde_json::to_string(value)
            .map(|text| Self(Zeroizing::new(text)))
            .map_err(|e| Error::internal(codes::INTERNAL_ENCODE, "a message has no JSON form").with_source(e))
    }

    /// Takes text that came through a channel.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Reads the value back. The error tells where it does not fit, and nothing of the content.
    ///
    /// # Errors
    /// `control.malformed`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.0).map_err(|e| {
            let text =
                format!("a control message of {} bytes does not fit its type at byte {}", self.0.len(), e.column());
            Error::invalid(codes::CONTROL_MALFORMED, text).with_hint("both sides must speak one version of Eve")
        })
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_does_not_fit_says_nothing_of_its_content() {
        let error = Message::from_text(r#"{"password":"hunter22"}"#).decode::<u64>().unwrap_err();
        assert_eq!(error.code(), &codes::CONTROL_MALFORMED);
        assert!(!error.chain().contains("hunter"));
        assert!(!format!("{:?}", Message::from_text("hunter22")).contains("hunter"));
    }
}
