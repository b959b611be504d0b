//! Interpolation: on single values after parsing, never on the text of the file.

mod dollars;
mod piece;
mod reading;
mod scope;
mod value;

pub(crate) use piece::{Fallback, Piece, Placed};
pub(crate) use reading::foreign;
pub(crate) use scope::Scope;
pub(crate) use value::{PlainText, TemplateText, parse_word};
