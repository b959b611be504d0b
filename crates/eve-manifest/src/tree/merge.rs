//! One value laid over another.

use super::{Entry, Layer, Node, Span, Value};

/// `base` with everything that `over` says: mappings are merged key by key, everything else,
/// lists too, is replaced. What came from `over` is marked as such.
pub(crate) fn merged(base: &Node, over: &Node) -> Node {
    let (Value::Mapping(below), Value::Mapping(above)) = (&base.value, &over.value) else {
        return over.clone().overriding();
    };
    let mut entries: Vec<Entry> = below.clone();
    for entry in above {
        match entries.iter_mut().find(|known| is_same(&known.key.text, &entry.key.text)) {
            Some(known) => {
                known.value = merged(&known.value, &entry.value);
                if !matches!(known.value.value, Value::Mapping(_)) {
                    // Nothing of what stood there holds any more: whoever asks for the key is led here.
                    known.key.span = Span { layer: Layer::Override, ..entry.key.span };
                }
            }
            None => entries.push(entry.clone().overriding()),
        }
    }
    Node { span: base.span, value: Value::Mapping(entries) }
}

/// The extension key has two spellings.
fn is_same(a: &str, b: &str) -> bool {
    let extension = |text: &str| matches!(text, "x-eve" | "x_eve");
    a == b || (extension(a) && extension(b))
}
