//! What progress looks like.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use eve::{ProgressEvent, ProgressStatus};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// What progress looks like: bars on a terminal, plain lines elsewhere and in CI. Standard error only.
#[derive(Debug)]
pub(super) struct Canvas {
    bars: Option<MultiProgress>,
    drawn: HashMap<String, ProgressBar>,
    depth: HashMap<String, usize>,
    /// The last line that was written about each thing: nothing is said twice.
    said: HashMap<String, String>,
    /// Lines that are not written yet.
    lines: String,
}

impl Canvas {
    /// What standard error leads to.
    pub(super) fn new() -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let moves =
            io::stderr().is_terminal() && !set("CI") && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let bars = moves.then(MultiProgress::new);
        Self { bars, drawn: HashMap::new(), depth: HashMap::new(), said: HashMap::new(), lines: String::new() }
    }

    /// Draws a piece of progress; lines wait until they are [flushed](Self::flush).
    pub(super) fn progress(&mut self, event: &ProgressEvent) {
        let above = event.parent.as_ref().and_then(|parent| self.depth.get(parent));
        let depth = above.map_or(0, |depth| depth + 1);
        self.depth.insert(event.id.clone(), depth);
        let line = format!("{}{}", "  ".repeat(depth), text_of(event));
        match self.bars.clone() {
            Some(bars) => self.draw(&bars, event, line),
            None => self.line(event, format!("{:>9}  {line}\n", word(event.status))),
        }
    }

    /// Says something beside the progress.
    pub(super) fn note(&mut self, text: &str) {
        match &self.bars {
            // Nobody reads any more where this fails.
            Some(bars) => drop(bars.println(text)),
            None => drop(writeln!(self.lines, "{text}")),
        }
    }

    /// Writes the lines that wait, in one piece: other processes may write there, too.
    pub(super) fn flush(&mut self) {
        if !self.lines.is_empty() {
            // Nobody reads any more where this fails.
            let _ = io::stderr().write_all(self.lines.as_bytes());
            self.lines.clear();
        }
    }

    /// Bars leave the cursor behind the last of them.
    pub(super) fn end(&mut self) {
        self.flush();
        if !self.drawn.is_empty() {
            let _ = writeln!(io::stderr());
        }
    }

    fn line(&mut self, event: &ProgressEvent, line: String) {
        let before = self.said.get(&event.id);
        if before != Some(&line) {
            self.lines.push_str(&line);
            self.said.insert(event.id.clone(), line);
        }
    }

    fn draw(&mut self, bars: &MultiProgress, event: &ProgressEvent, line: String) {
        let bar = self.drawn.entry(event.id.clone()).or_insert_with(|| {
            let bar = bars.add(ProgressBar::new_spinner());
            bar.set_style(
                ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
            );
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        match event.status {
            ProgressStatus::Started | ProgressStatus::Running => bar.set_message(line),
            status => {
                let done = ProgressStyle::with_template(&format!("{} {{msg}}", mark(status)));
                bar.set_style(done.unwrap_or_else(|_| ProgressStyle::default_spinner()));
                bar.finish_with_message(line);
            }
        }
    }
}

fn text_of(event: &ProgressEvent) -> String {
    let name = match &event.parent {
        Some(parent) => event.id.strip_prefix(parent.as_str()).and_then(|rest| rest.strip_prefix('/')),
        None => None,
    };
    let mut text = match name {
        Some(name) if name != event.text && !event.text.starts_with(name) => format!("{name}: {}", event.text),
        _ => event.text.clone(),
    };
    if let (Some(current), Some(total)) = (event.current, event.total) {
        let _ = write!(text, " ({current} of {total})");
    }
    text
}

fn word(status: ProgressStatus) -> &'static str {
    match status {
        ProgressStatus::Started => "start",
        ProgressStatus::Done => "done",
        ProgressStatus::Skipped => "skipped",
        ProgressStatus::Failed => "failed",
        ProgressStatus::Cancelled => "cancelled",
        _ => "",
    }
}

fn mark(status: ProgressStatus) -> char {
    match status {
        ProgressStatus::Done => '✓',
        ProgressStatus::Skipped => '-',
        ProgressStatus::Cancelled => '○',
        _ => '✗',
    }
}
