//! Collecting problems.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use eve_core::Code;

use super::{Excerpt, Note, Problem, Problems, Severity};
use crate::codes;
use crate::suggest::{nearest, suggest};
use crate::text::Source;
use crate::tree::{Mark, Span};

/// So many warnings that say the same are told each by itself; the last of them has the places of all others.
const APART: usize = 3;

/// Where something was said.
#[derive(Debug, Default)]
struct Seen {
    places: HashSet<Mark>,
    /// The number of the problem that said it last.
    last: usize,
}

/// Every problem found so far, each once: a value that is looked at for several environments is
/// wrong only once.
#[derive(Debug)]
pub(crate) struct Report {
    source: Arc<Source>,
    problems: Vec<Problem>,
    seen: HashMap<(Code, String), Seen>,
    most: usize,
    more: Option<Span>,
    errors: bool,
}

impl Report {
    pub(crate) fn new(source: Arc<Source>, most: usize) -> Self {
        Self { source, problems: Vec::new(), seen: HashMap::new(), most, more: None, errors: false }
    }

    pub(crate) fn add(&mut self, note: Note) {
        self.errors |= note.severity == Severity::Error;
        let is_full = self.problems.len() >= self.most;
        let seen = match self.seen.entry((note.code.clone(), note.message.clone())) {
            Entry::Occupied(seen) if note.severity == Severity::Warning || !is_full => seen.into_mut(),
            Entry::Vacant(new) if !is_full => new.insert(Seen::default()),
            _ => {
                self.more.get_or_insert(note.span);
                return;
            }
        };
        if !seen.places.insert(note.span.start) {
            return;
        }
        if note.severity == Severity::Warning && seen.places.len() > APART {
            self.problems[seen.last].also.push(note.span.start.into());
        } else if is_full {
            self.more.get_or_insert(note.span);
        } else {
            seen.last = self.problems.len();
            let problem = self.place(note);
            self.problems.push(problem);
        }
    }

    /// What to do about a name that is not allowed; nothing once no more problems are kept, since
    /// looking for the nearest name is dear.
    pub(crate) fn suggest<'a>(&self, wrong: &str, allowed: impl IntoIterator<Item = &'a str>) -> Option<String> {
        if self.problems.len() < self.most { suggest(wrong, allowed) } else { None }
    }

    /// True if an error was found within a stretch of text.
    pub(crate) fn has_error_within(&self, span: Span) -> bool {
        let inside = |problem: &Problem| {
            let at = Mark { line: problem.line, column: problem.column };
            span.start <= at && at < span.end
        };
        self.problems.iter().any(|problem| problem.severity == Severity::Error && inside(problem))
    }

    /// As [`Self::suggest`], where the nearest may be another spelling of what is allowed.
    pub(crate) fn suggest_of<'a>(
        &self,
        wrong: &str,
        spelled: impl IntoIterator<Item = &'a str>,
        allowed: impl IntoIterator<Item = &'a str>,
    ) -> Option<String> {
        if self.problems.len() >= self.most {
            return None;
        }
        let near = nearest(wrong, spelled).map(|near| format!("did you mean `{near}`?"));
        near.or_else(|| suggest(wrong, allowed))
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
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
            also: Vec::new(),
            excerpt: Excerpt::new(self.source.line(line), note.span),
        }
    }
}
