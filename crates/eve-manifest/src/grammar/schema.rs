//! The schema that editors read.

use std::borrow::Cow;
use std::collections::BTreeSet;

pub(crate) use schemars::SchemaGenerator as Definitions;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Map, Value as Json, json};

use super::Mapping;

/// Where kinds of mappings are described, below the document.
const DEFINITIONS: &str = "#/$defs/";

/// The schema of a whole file.
pub(crate) fn document<T: Mapping + JsonSchema>(title: &str) -> Schema {
    let settings = SchemaSettings::draft2020_12();
    let language = settings.meta_schema.clone();
    let mut definitions = settings.into_generator();
    let mut schema = definitions.subschema_for::<T>();
    schema.insert("$schema".to_owned(), language.into());
    schema.insert("title".to_owned(), title.into());
    schema.insert("$defs".to_owned(), definitions.take_definitions(true).into());
    schema
}

/// A single value of this schema, or a text that becomes one once its variables are filled in. Only a file without a
/// schema may write such a text in place of any value; where it may not, the reader says so.
pub(crate) fn or_variables(schema: Schema, definitions: &mut Definitions) -> Schema {
    let text = definitions.subschema_for::<WithVariables>().to_value();
    let mut schema = schema.to_value();
    match schema.get_mut("anyOf") {
        Some(Json::Array(alternatives)) => {
            alternatives.push(text);
            json_schema!({ "anyOf": alternatives })
        }
        _ => json_schema!({ "anyOf": [schema, text] }),
    }
}

/// A text with variables in it.
struct WithVariables;

impl JsonSchema for WithVariables {
    fn schema_name() -> Cow<'static, str> {
        "variables".into()
    }

    fn json_schema(_: &mut Definitions) -> Schema {
        json_schema!({
            "title": "a text with variables",
            "description": "In a file without a schema, variables of the caller stand for any single value.",
            "type": "string",
            "pattern": "[$][{A-Za-z_]",
        })
    }
}

/// Some of the keys of a kind of mapping, to be laid over a whole one: no key is needed, and none has a default. What
/// stands in lists is whole, since lists are replaced.
pub(crate) fn part_of<T: Mapping + JsonSchema>(definitions: &mut Definitions) -> Schema {
    let mut whole = definitions.subschema_for::<T>().to_value();
    let mut open = Vec::new();
    loosen(&mut whole, &mut open);
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let Some(mut part) = definitions.definitions().get(&name).cloned() else { continue };
        loosen(&mut part, &mut open);
        definitions.definitions_mut().insert(part_name(&name), part);
    }
    whole.try_into().unwrap_or_default()
}

/// Removes what is needed and what holds by default, outside of lists, and leads to parts instead of whole mappings.
fn loosen(schema: &mut Json, open: &mut Vec<String>) {
    match schema {
        Json::Object(object) => {
            let is_mapping = object.get("type") == Some(&json!("object"));
            if is_mapping {
                object.remove("required");
                object.remove("allOf");
            }
            object.remove("default");
            object.remove("x-eve-default-without-schema");
            reference(object, open);
            for (key, inner) in object.iter_mut().filter(|(key, _)| *key != "items") {
                match inner {
                    // Names of keys are no words of the schema.
                    Json::Object(keys) if key == "properties" => keys.values_mut().for_each(|key| loosen(key, open)),
                    _ => loosen(inner, open),
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| loosen(item, open)),
        _ => {}
    }
}

fn reference(object: &mut Map<String, Json>, open: &mut Vec<String>) {
    let Some(Json::String(to)) = object.get_mut("$ref") else { return };
    let Some(name) = to.strip_prefix(DEFINITIONS).map(str::to_owned) else { return };
    if name != WithVariables::schema_name() {
        *to = format!("{DEFINITIONS}{}", part_name(&name));
        open.push(name);
    }
}

fn part_name(name: &str) -> String {
    format!("part-of-{name}")
}

#[cfg(test)]
mod tests;
