//! A client that sends what it likes.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};

use crate::stage::{PATIENCE, Stage};

pub(crate) struct Raw(UnixStream);

impl Raw {
    /// Connects and says nothing.
    pub(crate) fn silent(stage: &Stage) -> Self {
        let socket = UnixStream::connect(stage.supervisor_path("socket")).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(socket)
    }

    /// Connects and is welcome.
    pub(crate) fn welcome(stage: &Stage) -> Self {
        let mut raw = Self::silent(stage);
        raw.send(&json!({"protocol": 1, "version": "0"}));
        assert_eq!(raw.receive()["welcome"]["protocol"], 1);
        raw
    }

    pub(crate) fn send(&mut self, frame: &Value) {
        self.send_text(&frame.to_string());
    }

    pub(crate) fn send_text(&mut self, text: &str) {
        let length = u32::try_from(text.len()).unwrap();
        self.send_bytes(&[&length.to_be_bytes(), text.as_bytes()].concat());
    }

    /// Whoever is turned away may not be heard to the end.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes);
    }

    pub(crate) fn end_output(&self) {
        self.0.shutdown(std::net::Shutdown::Write).unwrap();
    }

    pub(crate) fn receive(&mut self) -> Value {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).unwrap();
        let mut text = vec![0; u32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    /// The code of the refusal that comes next; after it the connection must be closed.
    pub(crate) fn refused(mut self) -> String {
        let frame = self.receive();
        let code = frame["refused"]["error"]["code"].as_str().unwrap_or_else(|| panic!("{frame} is no refusal"));
        let mut byte = [0];
        assert!(matches!(self.0.read(&mut byte), Ok(0) | Err(_)), "the connection is open after {code}");
        code.to_owned()
    }
}
