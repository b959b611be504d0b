//! When a step of a workflow is done at all.

use schemars::{Schema, json_schema};

use crate::grammar::{At, Definitions, Reader, Shape, or_variables};
use crate::tree::Node;

/// How another step has to end: `build.status == 'done'`, or `!=` instead.
#[derive(Debug, Clone)]
pub(crate) struct StepCondition {
    /// The other step.
    pub(crate) step: At<String>,
}

impl Shape for StepCondition {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let scalar = reader.written(node, "a condition")?;
        let Some(step) = step(&scalar.text) else {
            let text = format!("{:?} is no condition", scalar.text);
            return reader.bad_value(node, text, "write STEP.status == 'VALUE', or != instead; there is no other form");
        };
        let skip = scalar.text.chars().take_while(|c| *c == ' ').count();
        let span = scalar.part(node.span, skip, step.chars().count());
        Some(Self { step: At { value: step.to_owned(), span } })
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let pattern = r"^ *\S+\.status *[!=]= *'[^']+' *$";
        or_variables(json_schema!({ "title": "a condition", "type": "string", "pattern": pattern }), definitions)
    }
}

/// The step that a condition is about, if it has the one form that there is.
fn step(text: &str) -> Option<&str> {
    let at = text.find(['=', '!'])?;
    let (left, right) = text.split_at(at);
    let value = right.strip_prefix("==").or_else(|| right.strip_prefix("!="))?.trim_matches(' ');
    let value = value.strip_prefix('\'')?.strip_suffix('\'')?;
    let step = left.trim_matches(' ').strip_suffix(".status")?;
    let is_plain = |text: &str| !text.is_empty() && !text.contains(['\'', ' ']);
    (is_plain(step) && !value.is_empty() && !value.contains('\'')).then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_has_one_form() {
        for good in ["a.status == 'done'", "step-1.status!='not done'", " a.b.status == 'x' "] {
            assert!(step(good).is_some(), "{good}");
        }
        assert_eq!(step("a.b.status == 'x'"), Some("a.b"));
        for bad in [
            "",
            "a",
            "a.status",
            "a.status = 'x'",
            "a.status == x",
            "a.status == \"x\"",
            "a.status == ''",
            "status == 'x'",
            "a.state == 'x'",
            "a.status == 'x' && b.status == 'y'",
            "a b.status == 'x'",
            "a.status === 'x'",
        ] {
            assert_eq!(step(bad), None, "{bad}");
        }
    }
}
