//! Values as JSON.

use serde_json::{Map, Value as Json};

use super::{Kind, Node, Value};

impl Node {
    /// The value as it is written. The depth is bounded by the limits under which the tree was built.
    pub(crate) fn to_json(&self) -> Json {
        match &self.value {
            Value::Scalar(scalar) => match scalar.kind() {
                Kind::Null => Json::Null,
                Kind::Bool(value) => value.into(),
                Kind::Integer(number) => number.into(),
                Kind::Float => scalar.text.parse::<f64>().map_or_else(|_| scalar.text.clone().into(), Json::from),
                Kind::Text => scalar.text.clone().into(),
            },
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Mapping(entries) => {
                let entries = entries.iter().map(|entry| (entry.key.text.clone(), entry.value.to_json()));
                Json::Object(entries.collect::<Map<_, _>>())
            }
        }
    }
}
