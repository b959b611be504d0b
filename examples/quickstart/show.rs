//! Showing what happens: progress bars on a terminal, plain lines elsewhere, JSON where asked.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use eve::{ProgressEvent, ProgressStatus, RunHandle};
use futures_util::StreamExt as _;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::{Value, json};

/// Shows scenes, progress and results in one of three ways.
pub(crate) struct Show {
    way: Way,
    scene: u32,
}

enum Way {
    Json,
    Plain,
    Terminal,
}

impl Show {
    pub(crate) fn new(json: bool) -> Self {
        let way = match json {
            true => Way::Json,
            false if std::io::stderr().is_terminal() => Way::Terminal,
            false => Way::Plain,
        };
        Self { way, scene: 0 }
    }

    /// Opens a scene.
    pub(crate) fn scene(&mut self, title: &str) {
        self.scene += 1;
        match self.way {
            Way::Json => print(&json!({"event": "scene", "scene": self.scene, "title": title})),
            _ => eprintln!("\n{}. {title}", self.scene),
        }
    }

    /// Says one thing, with its figures for machines.
    pub(crate) fn say(&self, text: &str, figures: &Value) {
        match self.way {
            Way::Json => print(&json!({"event": "result", "scene": self.scene, "text": text, "figures": figures})),
            _ => eprintln!("   {text}"),
        }
    }

    /// Prints the last line.
    pub(crate) fn summary(&self, summary: &impl serde::Serialize) {
        if !matches!(self.way, Way::Json) {
            eprintln!();
        }
        print(&json!(summary));
    }

    /// Follows a run to its end.
    pub(crate) async fn follow(&self, run: &RunHandle) {
        let mut events = run.events();
        match self.way {
            Way::Terminal => {
                let bars = MultiProgress::new();
                let mut open: BTreeMap<String, ProgressBar> = BTreeMap::new();
                while let Some(event) = events.next().await {
                    draw(&bars, &mut open, &event);
                }
            }
            _ => {
                while let Some(event) = events.next().await {
                    self.line(&event);
                }
            }
        }
    }

    pub(crate) fn line(&self, event: &ProgressEvent) {
        match self.way {
            Way::Json => {
                let mut value = json!(event);
                value["event"] = json!("progress");
                value["scene"] = json!(self.scene);
                print(&value);
            }
            _ if event.status == ProgressStatus::Started => {}
            _ => eprintln!("   {} {}{}", mark(event.status), indent(event), described(event)),
        }
    }
}

fn draw(bars: &MultiProgress, open: &mut BTreeMap<String, ProgressBar>, event: &ProgressEvent) {
    let bar = open.entry(event.id.clone()).or_insert_with(|| {
        let bar = bars.add(ProgressBar::new_spinner());
        bar.set_style(
            ProgressStyle::with_template("   {spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    });
    let text = format!("{}{}", indent(event), described(event));
    match event.status {
        ProgressStatus::Started | ProgressStatus::Running => bar.set_message(text),
        status => {
            bar.finish_and_clear();
            bars.remove(bar);
            let _ = bars.println(format!("   {} {text}", mark(status)));
        }
    }
}

/// What happened, by the last part of its id where that says more than its text.
fn described(event: &ProgressEvent) -> String {
    let name = event.id.split_once('/').map_or(event.id.as_str(), |(_, rest)| rest);
    let name = if event.parent.is_none() { "run" } else { name };
    let count = match (event.current, event.total) {
        (Some(current), Some(total)) => format!(" ({current}/{total})"),
        _ => String::new(),
    };
    if name.ends_with(&event.text) { format!("{name}{count}") } else { format!("{name}: {}{count}", event.text) }
}

fn indent(event: &ProgressEvent) -> &'static str {
    match event.parent.as_deref().map(|parent| parent.matches('/').count()) {
        None | Some(0) => "",
        _ => "  ",
    }
}

fn mark(status: ProgressStatus) -> &'static str {
    match status {
        ProgressStatus::Done => "✓",
        ProgressStatus::Skipped => "-",
        ProgressStatus::Failed => "✗",
        ProgressStatus::Cancelled => "∅",
        _ => "…",
    }
}

/// Writes one line; somebody who stops reading is no reason to fail.
pub(crate) fn print(value: &Value) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{value}");
    let _ = out.flush();
}
