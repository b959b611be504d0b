//! What texts of workflows speak of: `${inputs.NAME}` and `${event.payload.PATH}`.

use super::input::PayloadPath;
use crate::codes;
use crate::grammar::At;
use crate::interpolation::foreign;
use crate::problem::{Note, Report};
use crate::tree::{Node, Scalar, Span, Value};

/// The inputs that the texts in a value speak of. What cannot be read is reported.
pub(crate) fn references(node: &Node, report: &mut Report) -> Vec<At<String>> {
    let mut out = Vec::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &node.value {
            Value::Scalar(scalar) => in_text(scalar, node.span, &mut out, report),
            Value::List(items) => open.extend(items),
            Value::Mapping(entries) => open.extend(entries.iter().map(|entry| &entry.value)),
        }
    }
    out
}

fn in_text(scalar: &Scalar, span: Span, out: &mut Vec<At<String>>, report: &mut Report) {
    let (mut rest, mut at) = (&*scalar.text, 0);
    while let Some(dollar) = rest.find('$') {
        at += rest[..dollar].chars().count();
        rest = &rest[dollar..];
        let width = if rest.starts_with("$$") {
            2
        } else if rest.starts_with("${{") {
            let width = rest.find("}}").map_or(3, |end| rest[..end].chars().count() + 2);
            report.add(foreign(scalar.part(span, at, width)).hint("write ${inputs.NAME} or ${event.payload.PATH}"));
            width
        } else if let Some(after) = rest.strip_prefix("${") {
            let inside = after.find('}').map(|end| &after[..end]);
            let width = inside.map_or(2, |inside| inside.chars().count() + 3);
            let span = scalar.part(span, at, width);
            match inside.map(|inside| (inside, inside.strip_prefix("inputs."))) {
                Some((_, Some(name))) if !name.is_empty() => out.push(At { value: name.to_owned(), span }),
                Some((inside, _)) if PayloadPath::is_one(inside) => {}
                _ => malformed(inside, span, report),
            }
            width
        } else {
            1
        };
        at += width;
        rest = rest.char_indices().nth(width).map_or("", |(byte, _)| &rest[byte..]);
    }
}

fn malformed(inside: Option<&str>, span: Span, report: &mut Report) {
    let text = match inside {
        Some(inside) => format!("`${{{}}}` cannot be read", inside.escape_debug()),
        None => "`${` has no closing brace".to_owned(),
    };
    let forms = "write ${inputs.NAME} or ${event.payload.PATH}; $${ is the text itself";
    report.add(Note::error(codes::REFERENCE, span, text).hint(forms));
}
