//! Eve's own actions, each with the inputs that it has.

use std::borrow::Cow;

use schemars::{Schema, json_schema};

use super::inputs::{
    BuildInputs, CreatePrInputs, DeployInputs, EnvDeleteInputs, EnvEnsureInputs, Inputs, JobInputs, NotifyInputs,
    ReleaseInputs, RunInputs,
};
use crate::codes;
use crate::grammar::{At, Definitions, Reader, Shape, words};
use crate::problem::Note;
use crate::tree::{Node, Value};

words! {
    /// What an action does.
    ActionType {
        Build = "build";
        Release = "release";
        Deploy = "deploy";
        Job = "job";
        Run = "run";
        CreatePr = "create-pr";
        Notify = "notify";
        EnvEnsure = "env-ensure";
        EnvDelete = "env-delete";
    }
}

/// One of Eve's own actions.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    /// None if it cannot be read, which is reported; then nothing is known of its inputs.
    pub(crate) kind: Option<At<ActionType>>,
    pub(crate) inputs: Inputs,
}

impl Shape for Action {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::Mapping(_) = &node.value else { return no_mapping(node, reader) };
        let Some(node) = beside(node, reader) else { return Some(Self { kind: None, inputs: Inputs::Others }) };
        let node = &*node;
        let kind = kind(node, reader);
        let inputs = kind.as_ref().and_then(|kind| {
            Some(match kind.value {
                ActionType::Build => Inputs::Build(BuildInputs::read(node, reader)?),
                ActionType::Release => Inputs::Release(ReleaseInputs::read(node, reader)?),
                ActionType::Deploy => Inputs::Deploy(DeployInputs::read(node, reader)?),
                ActionType::Job => Inputs::Job(JobInputs::read(node, reader)?),
                ActionType::Run => Inputs::Run(RunInputs::read(node, reader)?),
                ActionType::CreatePr => CreatePrInputs::read(node, reader).map(|_| Inputs::Others)?,
                ActionType::Notify => NotifyInputs::read(node, reader).map(|_| Inputs::Others)?,
                ActionType::EnvEnsure => EnvEnsureInputs::read(node, reader).map(|_| Inputs::Others)?,
                ActionType::EnvDelete => EnvDeleteInputs::read(node, reader).map(|_| Inputs::Others)?,
            })
        });
        Some(Self { kind, inputs: inputs.unwrap_or(Inputs::Others) })
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let of = |word: &str, inputs: Schema| json_schema!({ "allOf": [inputs, { "properties": { "type": { "const": word } } }] });
        let kinds = [
            ("build", BuildInputs::schema(definitions)),
            ("release", ReleaseInputs::schema(definitions)),
            ("deploy", DeployInputs::schema(definitions)),
            ("job", JobInputs::schema(definitions)),
            ("run", RunInputs::schema(definitions)),
            ("create-pr", CreatePrInputs::schema(definitions)),
            ("notify", NotifyInputs::schema(definitions)),
            ("env-ensure", EnvEnsureInputs::schema(definitions)),
            ("env-delete", EnvDeleteInputs::schema(definitions)),
        ];
        let mut forms = kinds.map(|(word, inputs)| of(word, inputs)).to_vec();
        forms.push(json_schema!({
            "title": "an action with its inputs below it",
            "type": "object",
            "properties": {
                "type": { "description": "What it does.", "enum": ActionType::WORDS },
                "with": { "description": "Its inputs. Write them beside `type`.", "title": "a mapping", "type": "object" },
            },
            "required": ["type", "with"],
            "deprecated": true,
        }));
        json_schema!({ "anyOf": forms })
    }
}

impl Action {
    /// The service of role job that it runs.
    pub(crate) fn job(&self) -> Option<&At<String>> {
        match &self.inputs {
            Inputs::Job(inputs) => inputs.service.as_ref(),
            Inputs::Run(inputs) => inputs.service.as_ref(),
            _ => None,
        }
    }
}

/// Reports an action that is no mapping; one that is the word alone is shown as it would be.
fn no_mapping<T>(node: &Node, reader: &mut Reader<'_>) -> Option<T> {
    let word = node.scalar().map(|scalar| &*scalar.text).filter(|word| ActionType::WORDS.contains(word));
    let Some(word) = word else { return reader.wrong_type(node, "a mapping (action)") };
    let text = format!("expected a mapping (action), found {}", node.describe());
    reader.report.add(Note::error(codes::WRONG_TYPE, node.span, text).hint(format!("write {{type: {word}}}")));
    None
}

/// What it does. None if that is not said or cannot be read, which is reported.
fn kind(node: &Node, reader: &mut Reader<'_>) -> Option<At<ActionType>> {
    let Some(said) = node.at("type") else {
        let problem = Note::error(codes::MISSING_KEY, node.span, "an action needs the key `type`");
        reader.report.add(problem.hint(format!("one of {}", ActionType::WORDS.join(", "))));
        return None;
    };
    if said.scalar().is_some_and(|scalar| scalar.text == "migrate") {
        let problem =
            Note::error(codes::UNSUPPORTED, said.span, "there is no action `migrate`, though some texts name it");
        reader.report.add(problem.hint("write `type: job` with a `service` of role job that migrates"));
        return None;
    }
    At::read(said, reader)
}

/// The inputs beside `type`, where they count; some texts show them under `with`. None if those cannot be read, which is
/// reported.
fn beside<'n>(node: &'n Node, reader: &mut Reader<'_>) -> Option<Cow<'n, Node>> {
    let Value::Mapping(entries) = &node.value else { return Some(Cow::Borrowed(node)) };
    let Some(with) = entries.iter().find(|entry| entry.key.text == "with") else { return Some(Cow::Borrowed(node)) };
    let mut out: Vec<_> = entries.iter().filter(|entry| entry.key.text != "with").cloned().collect();
    let Value::Mapping(inputs) = &with.value.value else {
        return reader.wrong_type(&with.value, "a mapping of inputs");
    };
    let text = "what stands under `with` is read as if it stood beside `type`";
    reader
        .report
        .add(Note::warning(codes::RENAMED, with.key.span, text).hint("write the inputs directly beside `type`"));
    out.extend(inputs.iter().cloned());
    Some(Cow::Owned(Node { span: node.span, value: Value::Mapping(out) }))
}
