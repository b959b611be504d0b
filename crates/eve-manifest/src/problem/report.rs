//! Collecting problems.

use std::collections::HashSet;
use std::sync::Arc;

use eve_core::Code;

use super::{Excerpt, Note, Problem, Problems, Severity};
use crate::codes;
use crate::suggest::suggest;
use crate::text::Source;
use crate::tree::{Mark, Span};

/// Every problem found so far, each once: a value that is looked at for several environments is
/// wrong only once.
#[derive(Debug)]
pub(crate) struct Report {
    source: Arc<Source>,
    problems: Vec<Problem>,
    seen: HashSet<(Code, Mark, String)>,
    most: usize,
    more: Option<Span>,
    errors: bool,
}

impl Report {
    pub(crate) fn new(source: Arc<Source>, most: usize) -> Self {
        Self { source, problems: Vec::new(), seen: HashSet::new(), most, more: None, errors: false }
    }

    pub(crate) fn add(&mut self, note: Note) {
        self.errors |= note.severity == Severity::Error;
        if self.problems.len() >= self.most {
            self.more.get_or_insert(note.span);
            return;
        }
        if self.seen.insert((note.code.clone(), note.span.start, note.message.clone())) {
            let problem = self.place(note);
            self.problems.push(problem);
        }
    }

    /// What to do about a name that is not allowed; nothing once no more problems are kept, since
    /// looking for the nearest name is dear.
    pub(crate) fn suggest<'a>(&self, wrong: &str, allowed: impl IntoIterator<Item = &'a str>) -> Option<String> {
        if self.problems.len() < self.most { suggest(wrong, allowed) } else { None }
    }

    pub(crate) fn file(&self) -> &str {
        &self.source.file
    }

    /// The warnings, or everything if there is an error, in the order of the text.
    ///
    /// # Errors
    /// All problems, if one of them is an error.
    pub(crate) fn finish(mut self) -> Result<Vec<Problem>, Problems> {
        if let Some(span) = self.more.take() {
            let text = format!("there are more than {} problems; the rest is not listed", self.most);
            let note = Note { severity: Severity::Warning, ..Note::error(codes::MORE, span, text) };
            let problem = self.place(note);
            self.problems.push(problem);
        }
        self.problems.sort_by_key(|problem| (problem.line, problem.column));
        if self.errors { Err(Problems::new(self.problems)) } else { Ok(self.problems) }
    }

    fn place(&self, note: Note) -> Problem {
        let Mark { line, column } = note.span.start;
        Problem {
            code: note.code,
            severity: note.severity,
            file: self.source.file.clone(),
            line,
            column,
            message: note.message,
            hint: note.hint,
            excerpt: Excerpt::new(self.source.line(line), note.span),
        }
    }
}
