//! What interpolations mean in one service of one environment.

use std::borrow::Cow;
use std::collections::BTreeMap;

use eve_core::{Part, ServiceName, Template};

use super::reading::VARIABLES;
use super::{Fallback, Piece, Placed, PlainText, TemplateText};
use crate::codes;
use crate::grammar::Dialect;
use crate::problem::{Note, Report};
use crate::tree::Span;

/// The values of the variables, for one service.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    /// The variables of the language.
    pub(crate) own: BTreeMap<&'static str, String>,
    /// The variables of the caller, which count where the file's language has such.
    pub(crate) callers: &'a BTreeMap<String, String>,
    /// The language of the file.
    pub(crate) dialect: Dialect,
}

impl Scope<'_> {
    /// The text of a value. None if something has no value; the report says what.
    pub(crate) fn text(&self, value: &PlainText, report: &mut Report) -> Option<String> {
        self.join(&value.0, report)
    }

    /// A value as it would be written with what is known filled in, and the first variable that was. The rest, secrets
    /// and addresses among it, stays as a reference.
    pub(crate) fn written(&self, value: &TemplateText) -> (String, Option<String>) {
        let mut filled = None;
        (self.spelled(&value.0, &mut filled), filled)
    }

    fn spelled(&self, pieces: &[Placed], filled: &mut Option<String>) -> String {
        let one = |placed: &Placed| match &placed.piece {
            Piece::Text(text) => text.replace('$', "$$"),
            Piece::Secret(name) => format!("${{secret.{name}}}"),
            Piece::ServiceUrl(name) => format!("${{service.{name}.url}}"),
            Piece::Managed { service, field } => format!("${{managed.{service}.{}}}", field.as_str()),
            Piece::Variable { name, fallback } => {
                let default = match fallback {
                    Fallback::Default { pieces, .. } => Some(pieces),
                    Fallback::None | Fallback::Refuse { .. } => None,
                };
                let known = self.known(name).filter(|value| !(value.is_empty() && fallback.holds_if_empty()));
                if known.is_some() || default.is_some() {
                    filled.get_or_insert_with(|| name.clone());
                }
                match (known, default) {
                    (Some(value), _) => value.replace('$', "$$"),
                    (None, Some(pieces)) => self.spelled(pieces, &mut None),
                    (None, None) => format!("${{{name}}}"),
                }
            }
        };
        pieces.iter().map(one).collect()
    }

    /// The value of a variable, the language's own first.
    fn known(&self, name: &str) -> Option<&String> {
        self.own.get(name).or_else(|| self.of_caller(name))
    }

    /// The value of a variable that stands by its name alone. None if it has none, which is reported.
    pub(crate) fn value_of(&self, name: &str, span: Span, report: &mut Report) -> Option<String> {
        let value = self.known(name);
        if value.is_none() {
            let hint = match self.dialect {
                Dialect::Compose => "give it a value, or write the text itself as `content`",
                Dialect::Eve => {
                    "write the text itself as `content`; in a file with a schema only its language's own exist"
                }
            };
            self.missing(name, hint.to_owned(), span, report);
        }
        value.cloned()
    }

    /// The value with its variables filled in.
    pub(crate) fn template(&self, value: &TemplateText, report: &mut Report) -> Option<Template> {
        let parts: Vec<Option<Part>> = value
            .0
            .iter()
            .map(|placed| match &placed.piece {
                Piece::Text(_) | Piece::Variable { .. } => {
                    self.early(placed, report).map(|text| Part::Text(text.into_owned()))
                }
                Piece::Secret(name) => Some(Part::Secret(name.clone())),
                // Both names were looked up when the manifest was checked.
                Piece::ServiceUrl(name) => ServiceName::new(name).ok().map(Part::ServiceUrl),
                Piece::Managed { service, field } => {
                    ServiceName::new(service).ok().map(|service| Part::Managed { service, field: *field })
                }
            })
            .collect();
        parts.into_iter().collect::<Option<Vec<_>>>().map(Template::from_parts)
    }

    fn join(&self, pieces: &[Placed], report: &mut Report) -> Option<String> {
        let mut whole = Some(String::new());
        for placed in pieces {
            let part = self.early(placed, report);
            whole = whole
                .zip(part)
                .map(|(before, part)| if before.is_empty() { part.into_owned() } else { before + &part });
        }
        whole
    }

    fn early<'v>(&'v self, placed: &'v Placed, report: &mut Report) -> Option<Cow<'v, str>> {
        match &placed.piece {
            Piece::Text(text) => Some(text.into()),
            Piece::Variable { name, fallback } => self.variable(name, fallback, placed.span, report),
            Piece::Secret(_) | Piece::ServiceUrl(_) | Piece::Managed { .. } => {
                let text = "a default cannot hold secrets or addresses of services";
                report.add(Note::error(codes::UNSUPPORTED, placed.span, text));
                None
            }
        }
    }

    /// A name of the language's own never means a variable of the caller.
    fn of_caller(&self, name: &str) -> Option<&String> {
        let has_them = self.dialect == Dialect::Compose && !VARIABLES.contains(&name);
        self.callers.get(name).filter(|_| has_them)
    }

    fn variable(&self, name: &str, fallback: &Fallback, span: Span, report: &mut Report) -> Option<Cow<'_, str>> {
        let value = self.known(name).filter(|value| !(value.is_empty() && fallback.holds_if_empty()));
        if let Some(value) = value {
            return Some(value.into());
        }
        match fallback {
            Fallback::Default { pieces, .. } => self.join(pieces, report).map(Cow::Owned),
            Fallback::Refuse { message, .. } => {
                let text = format!("`{name}` is needed: {}", message.escape_debug());
                report.add(Note::error(codes::UNSET, span, text));
                None
            }
            Fallback::None => {
                let general = if VARIABLES.contains(&name) {
                    "this value is the same for every environment and service".to_owned()
                } else {
                    format!("give it a value, or write ${{{name}:-default}}")
                };
                self.missing(name, general, span, report);
                None
            }
        }
    }

    /// Reports a variable without a value, with the hint unless another one has nearly the same name.
    fn missing(&self, name: &str, hint: String, span: Span, report: &mut Report) {
        let callers = self.callers.keys().filter(|name| self.of_caller(name).is_some());
        let known = self.own.keys().copied().chain(callers.map(String::as_str));
        let near = report.suggest(name, known).filter(|hint| hint.starts_with("did"));
        let text = format!("the variable `{}` has no value here", name.escape_debug());
        report.add(Note::error(codes::UNSET, span, text).hint(near.unwrap_or(hint)));
    }
}
