//! Where progress goes.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use eve::{ProgressEvent, ProgressStatus};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Where progress goes: bars on a terminal, plain lines elsewhere and in CI. Standard error only.
#[derive(Debug)]
pub(crate) struct Screen {
    bars: Option<MultiProgress>,
    drawn: HashMap<String, ProgressBar>,
    depth: HashMap<String, usize>,
    /// The last line that was written about each thing: nothing is said twice.
    said: HashMap<String, String>,
}

impl Screen {
    /// The screen that standard error leads to.
    pub(crate) fn new() -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let moves =
            io::stderr().is_terminal() && !set("CI") && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let bars = moves.then(MultiProgress::new);
        Self { bars, drawn: HashMap::new(), depth: HashMap::new(), said: HashMap::new() }
    }

    /// Shows a piece of progress.
    pub(crate) fn show(&mut self, event: &ProgressEvent) {
        let above = event.parent.as_ref().and_then(|parent| self.depth.get(parent));
        let depth = above.map_or(0, |depth| depth + 1);
        self.depth.insert(event.id.clone(), depth);
        let line = format!("{}{}", "  ".repeat(depth), text_of(event));
        match self.bars.clone() {
            Some(bars) => self.draw(&bars, event, line),
            None => self.write(event, &format!("{:>9}  {line}", word(event.status))),
        }
    }

    /// Says something beside the progress.
    pub(crate) fn note(&self, text: &str) {
        match &self.bars {
            // Nobody reads any more where this fails.
            Some(bars) => drop(bars.println(text)),
            None => drop(writeln!(io::stderr(), "{text}")),
        }
    }

    fn write(&mut self, event: &ProgressEvent, line: &str) {
        if self.said.insert(event.id.clone(), line.to_owned()).as_deref() != Some(line) {
            // In one piece: other processes may write there, too.
            let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
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

impl Drop for Screen {
    /// Bars leave the cursor behind the last of them.
    fn drop(&mut self) {
        if !self.drawn.is_empty() {
            let _ = writeln!(io::stderr());
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
