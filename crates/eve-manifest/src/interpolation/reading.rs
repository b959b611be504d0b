//! Reading the pieces of a value.

use eve_core::SecretName;
use eve_core::desired::ManagedField;

use super::{Fallback, Piece, Placed};
use crate::codes;
use crate::grammar::{Dialect, Reader};
use crate::problem::Note;
use crate::tree::Span;

/// The variables of the language.
pub(super) const VARIABLES: &[&str] = &["ENV_NAME", "PROJECT_ID", "ORG_ID", "ORG_SLUG", "COMPONENT_NAME"];

/// Where the pieces of a value stand: a function from characters of its text to places.
pub(super) type Places<'a> = &'a dyn Fn(usize, usize) -> Span;

/// The pieces of `text`, which begins `skip` characters into its value.
pub(super) fn pieces(
    text: &str,
    skip: usize,
    places: Places<'_>,
    depth: usize,
    reader: &mut Reader<'_>,
) -> Option<Vec<Placed>> {
    if !text.contains('$') && !text.is_empty() {
        let span = places(skip, text.chars().count());
        return Some(vec![Placed { piece: Piece::Text(text.to_owned()), span }]);
    }
    let mut out: Vec<Placed> = Vec::new();
    let mut plain = String::new();
    let mut at = skip;
    let mut rest = text;
    // What is wrong with one reference says nothing of the next.
    let mut all_are_read = true;
    while let Some(dollar) = rest.find('$') {
        plain.push_str(&rest[..dollar]);
        at += rest[..dollar].chars().count();
        rest = &rest[dollar + 1..];
        let width = if let Some(after) = rest.strip_prefix('$') {
            plain.push('$');
            rest = after;
            2
        } else if let Some(after) = rest.strip_prefix('{') {
            let Some(end) = closing(after) else {
                let note = Note::error(codes::REFERENCE, places(at, 2), "`${` has no closing brace");
                reader.report.add(note.hint("write $${ where you mean the text itself"));
                return None;
            };
            let width = after[..end].chars().count() + 3;
            let span = places(at, width);
            reader.count_reference(span)?;
            flush(&mut plain, span, &mut out);
            match reference(&after[..end], at + 2, span, places, depth, reader) {
                Some(piece) => out.push(Placed { piece, span }),
                None => all_are_read = false,
            }
            rest = &after[end + 1..];
            width
        } else {
            let name = bare_name(rest);
            let width = name.len() + 1;
            reader.count_reference(places(at, width))?;
            bare(name, places(at, width), &mut plain, &mut out, reader);
            rest = &rest[name.len()..];
            width
        };
        at += width;
    }
    plain.push_str(rest);
    flush(&mut plain, places(skip, text.chars().count()), &mut out);
    all_are_read.then_some(out)
}

fn flush(plain: &mut String, span: Span, out: &mut Vec<Placed>) {
    if !plain.is_empty() {
        out.push(Placed { piece: Piece::Text(std::mem::take(plain)), span });
    }
}

/// `$NAME`, which only Compose has.
fn bare(name: &str, span: Span, plain: &mut String, out: &mut Vec<Placed>, reader: &mut Reader<'_>) {
    if name.is_empty() {
        plain.push('$');
    } else if reader.dialect == Dialect::Compose {
        flush(plain, span, out);
        out.push(Placed { piece: Piece::Variable { name: name.to_owned(), fallback: Fallback::None }, span });
    } else {
        let note = Note::warning(codes::NOT_INTERPOLATED, span, format!("`${name}` stays as it is written"));
        reader.report.add(note.hint(format!("write ${{{name}}} for a variable, $${name} for the text itself")));
        plain.push('$');
        plain.push_str(name);
    }
}

/// What stands between the braces.
fn reference(
    inside: &str,
    skip: usize,
    span: Span,
    places: Places<'_>,
    depth: usize,
    reader: &mut Reader<'_>,
) -> Option<Piece> {
    let name = bare_name(inside);
    let rest = &inside[name.len()..];
    if rest.is_empty() && !name.is_empty() {
        return known(name, span, reader).then(|| Piece::Variable { name: name.to_owned(), fallback: Fallback::None });
    }
    if rest.starts_with('.') {
        return dotted(inside, span, reader);
    }
    let (even_if_empty, rest) = rest.strip_prefix(':').map_or((false, rest), |rest| (true, rest));
    let operator = rest.chars().next().filter(|c| !name.is_empty() && matches!(c, '-' | '?'));
    if reader.dialect == Dialect::Eve || operator.is_none() {
        return malformed(inside, span, reader);
    }
    let argument = &rest[1..];
    let fallback = if operator == Some('?') {
        Fallback::Refuse { message: argument.to_owned(), even_if_empty }
    } else if depth >= reader.limits.defaults {
        let text = format!("more than {} defaults stand inside each other", reader.limits.defaults);
        reader.report.add(Note::error(codes::DEPTH, span, text));
        return None;
    } else {
        let skip = skip + inside.chars().count() - argument.chars().count();
        Fallback::Default { pieces: pieces(argument, skip, places, depth + 1, reader)?, even_if_empty }
    };
    Some(Piece::Variable { name: name.to_owned(), fallback })
}

/// True unless the file's language has a fixed set of variables and this is none of them.
fn known(name: &str, span: Span, reader: &mut Reader<'_>) -> bool {
    let known = reader.dialect == Dialect::Compose || VARIABLES.contains(&name);
    if !known {
        let note = Note::error(codes::UNSET, span, format!("no variable is named `{name}`"));
        let near = reader.report.suggest(name, VARIABLES.iter().copied()).filter(|hint| hint.starts_with("did"));
        let all = || format!("allowed: {}; a secret is written ${{secret.{name}}}", VARIABLES.join(", "));
        reader.report.add(note.hint(near.unwrap_or_else(all)));
    }
    known
}

/// `secret.KEY`, `service.NAME.url`, `managed.NAME.FIELD`. A service's name may hold dots.
fn dotted(inside: &str, span: Span, reader: &mut Reader<'_>) -> Option<Piece> {
    let (kind, rest) = inside.split_once('.')?;
    match (kind, rest.rsplit_once('.')) {
        ("secret", _) => match rest.parse::<SecretName>() {
            Ok(name) => Some(Piece::Secret(name)),
            Err(error) => {
                reader.report.add(Note::refused(span, &error));
                None
            }
        },
        ("service", Some((name, "url"))) => Some(Piece::ServiceUrl(name.to_owned())),
        ("managed", Some((service, field))) if !field.is_empty() => managed(service, field, span, reader),
        _ => malformed(inside, span, reader),
    }
}

fn managed(service: &str, field: &str, span: Span, reader: &mut Reader<'_>) -> Option<Piece> {
    if let Ok(field) = field.parse() {
        return Some(Piece::Managed { service: service.to_owned(), field });
    }
    let text = format!("a managed service has no field `{}`", field.escape_debug());
    let fields = ManagedField::ALL.iter().map(|field| field.as_str());
    let note = Note::error(codes::BAD_VALUE, span, text);
    reader.report.add(note.maybe_hint(reader.report.suggest(field, fields)));
    None
}

fn malformed(inside: &str, span: Span, reader: &mut Reader<'_>) -> Option<Piece> {
    if inside.starts_with('{') {
        reader.report.add(foreign(span));
        return None;
    }
    let text = format!("`${{{}}}` cannot be read", inside.escape_debug());
    let forms = "write ${ENV_NAME}, ${secret.KEY}, ${service.NAME.url} or ${managed.NAME.FIELD}; $$ is one $";
    reader.report.add(Note::error(codes::REFERENCE, span, text).hint(forms));
    None
}

/// The problem of `${{ … }}`, which some texts show and no part of the language has.
pub(crate) fn foreign(span: Span) -> Note {
    let note =
        Note::error(codes::REFERENCE, span, "`${{ … }}` is an expression of another system: nothing is filled in");
    note.hint("write the value itself; what an event brings is among the inputs of its run")
}

/// The variable's name at the beginning of a text; empty if there is none.
fn bare_name(text: &str) -> &str {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return "";
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// Where the brace that is open in front of `text` closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}
