//! Where progress goes.

use std::io::{self, Write as _};
use std::sync::mpsc::{Receiver, SendError, Sender, channel};
use std::thread;

use eve::ProgressEvent;
use tokio::sync::oneshot;

use super::canvas::Canvas;

/// Where progress goes, and what is known of the result before its end.
///
/// A thread of its own writes it: whoever reads slowly, or not at all, holds nobody up who has a lease to renew.
#[derive(Debug)]
pub(crate) struct Screen(Sender<Piece>);

#[derive(Debug)]
enum Piece {
    Progress(Vec<ProgressEvent>),
    Note(String),
    Result(Vec<u8>),
    /// Answered when everything before it is written, and nothing comes after it.
    End(oneshot::Sender<()>),
}

impl Screen {
    pub(crate) fn new() -> Self {
        let (pieces, drawn) = channel();
        if let Err(error) = thread::Builder::new().name("screen".to_owned()).spawn(move || draw(&drawn)) {
            let _ = writeln!(io::stderr(), "progress cannot be shown: {error}");
        }
        Self(pieces)
    }

    /// Shows progress.
    pub(crate) fn show(&self, events: Vec<ProgressEvent>) {
        self.say(Piece::Progress(events));
    }

    /// Says something beside the progress.
    pub(crate) fn note(&self, text: &str) {
        self.say(Piece::Note(text.to_owned()));
    }

    /// Writes a part of the result to standard output, after the progress before it.
    pub(crate) fn result(&self, text: Vec<u8>) {
        self.say(Piece::Result(text));
    }

    /// Waits until everything is written. Nothing is shown after that.
    pub(crate) async fn end(self) {
        let (tell, ended) = oneshot::channel();
        self.say(Piece::End(tell));
        // Without the thread there is nothing to wait for.
        let _ = ended.await;
    }

    fn say(&self, piece: Piece) {
        // Without the thread what is asked for is written all the same. Nobody reads any more where this fails.
        let _ = match self.0.send(piece) {
            Err(SendError(Piece::Result(text))) => super::output::line(&text),
            Err(SendError(Piece::Note(text))) => writeln!(io::stderr(), "{text}"),
            _ => Ok(()),
        };
    }
}

fn draw(pieces: &Receiver<Piece>) {
    let mut canvas = Canvas::new();
    while let Ok(piece) = pieces.recv() {
        match piece {
            Piece::Progress(events) => events.iter().for_each(|event| canvas.progress(event)),
            Piece::Note(text) => canvas.note(&text),
            Piece::Result(text) => {
                canvas.flush();
                // Nobody reads any more where this fails.
                let _ = super::output::line(&text);
            }
            Piece::End(tell) => {
                canvas.end();
                let _ = tell.send(());
                return;
            }
        }
        canvas.flush();
    }
}
