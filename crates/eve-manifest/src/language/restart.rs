//! What happens when a service ends by itself.

use eve_core::desired;
use schemars::{Schema, json_schema};

use crate::codes;
use crate::grammar::{Definitions, Reader, Shape, or_variables};
use crate::problem::Note;
use crate::tree::{Kind, Node};

/// `always`, `unless-stopped`, `on-failure`, `on-failure:3` or `no`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Restart(pub(crate) desired::Restart);

impl Shape for Restart {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        // YAML 1.1 reads `no` as false, so that some tools write it so.
        let scalar = reader.scalar(node, "text")?;
        if scalar.kind() == Kind::Bool(false) {
            return Some(Self(desired::Restart::Never));
        }
        let text = scalar.into_owned().text;
        let (word, count) = text.split_once(':').map_or((&*text, None), |(word, count)| (word, Some(count)));
        let restart = match (word, count) {
            ("always" | "unless-stopped", None) => desired::Restart::Always,
            ("no", None) => desired::Restart::Never,
            ("on-failure", None) => desired::Restart::OnFailure,
            ("on-failure", Some(count)) if count.parse::<u32>().is_ok() => {
                let message = "the number of restarts is not used yet: it is started again as often as it fails";
                reader.report.add(Note::warning(codes::NOT_USED, node.span, message));
                desired::Restart::OnFailure
            }
            _ => {
                let problem =
                    Note::error(codes::BAD_VALUE, node.span, format!("`{}` is no restart policy", text.escape_debug()));
                let hint = reader.report.suggest(&text, ["always", "unless-stopped", "on-failure", "no"]);
                reader.report.add(problem.maybe_hint(hint));
                return None;
            }
        };
        Some(Self(restart))
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let restart = json_schema!({ "anyOf": [
            { "enum": ["always", "unless-stopped", "on-failure", "no", false] },
            { "title": "on-failure:COUNT", "type": "string", "pattern": "^on-failure:[0-9]+$" },
        ]});
        or_variables(restart, definitions)
    }
}
