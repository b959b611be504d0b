//! Tables of keys: the only list of what a mapping may say.

use schemars::{Schema, json_schema};
use serde_json::{Map as JsonMap, Value as Json, json};

use super::{At, Definitions, Reader, Shape};
use crate::codes;
use crate::problem::Note;
use crate::suggest::{did_you_mean, listed, nearest};
use crate::tree::{Entry, Node, Value};

/// What one kind of mapping may say.
#[derive(Debug)]
pub(crate) struct Table {
    /// The kind's name, for people and the schema.
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    /// True if keys that begin with `x-` are carried along.
    pub(crate) extensible: bool,
    pub(crate) fields: &'static [Field],
}

/// One key.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) key: &'static str,
    /// Other spellings.
    pub(crate) aliases: &'static [&'static str],
    /// How it was spelled before.
    pub(crate) formerly: Option<&'static str>,
    pub(crate) doc: &'static str,
    pub(crate) default: Option<Unsaid>,
    pub(crate) required: bool,
    pub(crate) usage: Usage,
    /// Checks a value of which nothing is used.
    pub(crate) look: Option<fn(&Node, &mut Reader<'_>)>,
    pub(crate) schema: fn(&mut Definitions) -> Schema,
}

/// What holds where a key is not said: literals, as they stand in the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unsaid {
    pub(crate) value: &'static str,
    /// The same in a file without a schema.
    pub(crate) plain: &'static str,
}

/// What is done with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    /// It is read.
    Used,
    /// It is kept as it is written, and reported.
    Carried,
    /// It is read, and its mapping is kept or reported as a whole.
    Checked,
    /// It is known and reported, with what its doc says behind a semicolon as the hint.
    NotUsed,
    /// It is known, and a manifest that has it is refused. Its doc says what to write instead.
    Unsupported,
}

impl Table {
    /// Sorts the entries of a mapping by key and reports every key that is not read.
    pub(crate) fn open<'n>(&'static self, node: &'n Node, reader: &mut Reader<'_>) -> Option<Slots<'n>> {
        let Value::Mapping(entries) = &node.value else {
            return self.no_mapping(node, reader);
        };
        let mut slots: Vec<Option<&Entry>> = vec![None; self.fields.len()];
        let mut unknown = Vec::new();
        for entry in entries {
            match self.find(&entry.key.text) {
                Some(at) => match slots[at] {
                    Some(first) => reader.report.add(Note::error(
                        codes::DUPLICATE_KEY,
                        entry.key.span,
                        format!("`{}` and `{}` are one key", first.key.text, entry.key.text),
                    )),
                    None => slots[at] = Some(entry),
                },
                None if self.extensible && entry.key.text.starts_with("x-") => self.passed_over(entry, reader),
                None => unknown.push(self.unknown(entry, reader)),
            }
        }
        for (field, slot) in self.fields.iter().zip(&slots) {
            field.account(*slot, reader);
            // A key that is none stands for it where it is near to it, or where nothing else stands.
            let is_meant = |hint: &Option<String>| hint.as_deref() == Some(&*did_you_mean(field.key));
            let stands = !unknown.is_empty() && (slots.iter().all(Option::is_none) || unknown.iter().any(is_meant));
            if slot.is_none() && field.required && !stands {
                let text = format!("{} {} needs the key `{}`", self.article(), self.name, field.key);
                reader.report.add(Note::error(codes::MISSING_KEY, node.span, text).hint(field.doc));
            }
        }
        let is_meant = |field: &Field| unknown.iter().any(|hint| hint.as_deref() == Some(&*did_you_mean(field.key)));
        let meant = || self.fields.iter().rev().fold(0, |bits, field| bits << 1 | u128::from(is_meant(field)));
        let meant = if unknown.is_empty() { 0 } else { meant() };
        Some(Slots { left: slots.into_iter(), has_others: !unknown.is_empty(), meant })
    }

    /// The value of a key in a mapping of this kind, however it is spelled there.
    pub(crate) fn value<'n>(&self, node: &'n Node, key: &str) -> Option<&'n Node> {
        let Value::Mapping(entries) = &node.value else { return None };
        let wanted = self.find(key)?;
        entries.iter().find(|entry| self.find(&entry.key.text) == Some(wanted)).map(|entry| &entry.value)
    }

    fn find(&self, key: &str) -> Option<usize> {
        self.fields
            .iter()
            .position(|field| field.key == key || field.formerly == Some(key) || field.aliases.contains(&key))
    }

    /// A key for others: nothing is asked of it, unless it is nearly one of this language.
    fn passed_over(&self, entry: &Entry, reader: &mut Reader<'_>) {
        if entry.key.text == "x-eve" {
            let text = format!("`x-eve` means nothing in {} {}", self.article(), self.name);
            let note = Note::warning(codes::UNKNOWN_KEY, entry.key.span, text);
            reader.report.add(note.hint("put it into a service, or to the top of the manifest"));
            return;
        }
        let own = self.fields.iter().map(|field| field.key).filter(|key| key.starts_with("x-"));
        if let Some(near) = nearest(&entry.key.text, own) {
            let text =
                format!("`{}` is passed over, as every key is that begins with x-", entry.key.text.escape_debug());
            let note = Note::warning(codes::UNKNOWN_KEY, entry.key.span, text);
            reader.report.add(note.hint(format!("did you mean `{near}`?")));
        }
    }

    /// Reports a value that is no mapping, with the keys that one has.
    fn no_mapping<T>(&self, node: &Node, reader: &mut Reader<'_>) -> Option<T> {
        let expected = format!("a mapping ({})", self.name);
        if node.is_null() {
            return reader.wrong_type(node, &expected);
        }
        let keys: Vec<&str> = self.read_fields().map(|field| field.key).collect();
        let text = format!("expected {expected}, found {}", node.describe());
        let problem = Note::error(codes::WRONG_TYPE, node.span, text);
        reader.report.add(problem.hint(format!("its keys: {}", listed(&keys))));
        None
    }

    /// The keys of which something is read.
    fn read_fields(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| matches!(field.usage, Usage::Used | Usage::Checked))
    }

    /// The word before the kind's name.
    fn article(&self) -> &'static str {
        let is_spoken_with_a_vowel = self.name.starts_with(['a', 'e', 'i', 'o']) || self.name.starts_with("x-");
        if is_spoken_with_a_vowel || self.name.starts_with("http ") { "an" } else { "a" }
    }

    /// Reports a key that is none, and says what was probably meant.
    fn unknown(&self, entry: &Entry, reader: &mut Reader<'_>) -> Option<String> {
        let taken = |field: &&Field| matches!(field.usage, Usage::Used | Usage::Checked | Usage::Carried);
        let taken = self.fields.iter().filter(taken);
        let spelled = taken.flat_map(|field| [field.key].into_iter().chain(field.aliases.iter().copied()));
        let known = self.read_fields().map(|field| field.key);
        let text = format!("`{}` is no key of {} {}", entry.key.text.escape_debug(), self.article(), self.name);
        let hint = reader.report.suggest_of(&entry.key.text, spelled, known);
        reader.report.add(Note::error(codes::UNKNOWN_KEY, entry.key.span, text).maybe_hint(hint.clone()));
        hint
    }

    /// The table as JSON Schema.
    pub(crate) fn schema(&'static self, definitions: &mut Definitions) -> Schema {
        let mut properties = JsonMap::new();
        let mut needed = Vec::new();
        for field in self.fields {
            let schema = field.schema(definitions);
            for key in field.spellings() {
                let mut schema = schema.clone();
                if key != field.key {
                    schema.insert("deprecated".to_owned(), (field.formerly == Some(key)).into());
                    schema.insert("x-eve-spelling-of".to_owned(), field.key.into());
                }
                properties.insert(key.to_owned(), schema.to_value());
            }
            if field.required {
                needed.push(field.spellings().collect::<Vec<_>>());
            }
        }
        let mut schema = json_schema!({
            "type": "object",
            "title": self.name,
            "description": self.doc,
            "properties": properties,
            "additionalProperties": false,
        });
        if self.extensible {
            schema.insert("patternProperties".to_owned(), json!({ "^x-": {} }));
        }
        let (one, several): (Vec<_>, Vec<_>) = needed.into_iter().partition(|spellings| spellings.len() == 1);
        if !one.is_empty() {
            schema.insert("required".to_owned(), one.concat().into());
        }
        if !several.is_empty() {
            let any = |keys: Vec<_>| json!({ "anyOf": keys.iter().map(|key| json!({ "required": [key] })).collect::<Vec<_>>() });
            schema.insert("allOf".to_owned(), several.into_iter().map(any).collect());
        }
        schema
    }
}

impl Field {
    /// The key, and how else it may be spelled.
    fn spellings(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.key).chain(self.aliases.iter().copied()).chain(self.formerly)
    }

    /// Reports what becomes of the key where that is not simply to be read.
    fn account(&self, slot: Option<&Entry>, reader: &mut Reader<'_>) {
        if let Some(entry) = slot.filter(|entry| self.formerly == Some(&entry.key.text)) {
            let text = format!("`{}` is an older spelling of `{}`", entry.key.text, self.key);
            let renamed = Note::warning(codes::RENAMED, entry.key.span, text);
            reader.report.add(renamed.hint(format!("write `{}`", self.key)));
        }
        let problem = match (self.usage, slot) {
            (Usage::Carried, Some(entry)) => {
                let text = format!("`{}` is carried along, and nothing is done with it here", self.key);
                Note::warning(codes::CARRIED, entry.key.span, text)
            }
            (Usage::NotUsed, Some(entry)) => {
                let text = format!("`{}` is known and not used yet", self.key);
                let instead = self.doc.split_once("; ").map(|(_, instead)| instead.trim_end_matches('.').to_owned());
                Note::warning(codes::NOT_USED, entry.key.span, text).maybe_hint(instead)
            }
            (Usage::Unsupported, Some(entry)) => {
                let text = format!("`{}` is not supported yet", self.key);
                Note::error(codes::UNSUPPORTED, entry.key.span, text).hint(self.doc)
            }
            _ => return,
        };
        reader.report.add(problem);
    }

    fn schema(&self, definitions: &mut Definitions) -> Schema {
        let mut schema = (self.schema)(definitions);
        let mut set = |key: &str, value: Json| _ = schema.insert(key.to_owned(), value);
        set("description", self.doc.into());
        if let Some(default) = self.default {
            set("default", Unsaid::json(default.value));
            if default.plain != default.value {
                set("x-eve-default-without-schema", Unsaid::json(default.plain));
            }
        }
        match self.usage {
            Usage::Used | Usage::Checked => {}
            Usage::Carried => set("x-eve-usage", "carried".into()),
            Usage::NotUsed => set("x-eve-usage", "not used".into()),
            Usage::Unsupported => {
                set("x-eve-usage", "unsupported".into());
                set("not", json!({}));
            }
        }
        schema
    }
}

impl Unsaid {
    /// The value of a literal as it stands in a table.
    fn json(literal: &str) -> Json {
        serde_json::from_str(literal).expect("a literal of a table is text, a whole number or a boolean")
    }
}

/// The entries of one mapping, in the order of its table.
#[derive(Debug)]
pub(crate) struct Slots<'n> {
    left: std::vec::IntoIter<Option<&'n Entry>>,
    has_others: bool,
    meant: u128,
}

/// Which keys of a table stand in a mapping.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    keys: u128,
    /// True if a key stands there that is none.
    others: bool,
    /// The keys that such a one is nearly.
    meant: u128,
}

impl Said {
    pub(crate) fn has(&self, table: &Table, key: &str) -> bool {
        table.find(key).is_some_and(|at| self.keys >> at & 1 == 1)
    }

    fn means(&self, table: &Table, key: &str) -> bool {
        table.find(key).is_some_and(|at| (self.keys | self.meant) >> at & 1 == 1)
    }
}

/// A key that is kept as it is written, and its value.
#[derive(Debug, Clone)]
pub(crate) struct Carried {
    pub(crate) key: &'static str,
    pub(crate) value: Node,
}

/// A kind of mapping with a fixed set of keys.
pub(crate) trait Mapping {
    const TABLE: &'static Table;

    fn said(&self) -> &Said;

    /// The keys that are carried along.
    fn carried(&self) -> &[Carried];

    /// True if the key stands there, readable or not.
    fn says(&self, key: &str) -> bool {
        self.said().has(Self::TABLE, key)
    }

    /// True if the key stands there, or one that is nearly it, which is reported: nobody has to be told to add it.
    fn means(&self, key: &str) -> bool {
        self.said().means(Self::TABLE, key)
    }

    /// True if a key stands there that is none, which is reported.
    fn says_others(&self) -> bool {
        self.said().others
    }
}

impl Slots<'_> {
    /// Which keys stand there, readable or not. To be asked before any is taken.
    pub(crate) fn said(&mut self) -> Said {
        let keys = self.left.as_slice().iter().rev().fold(0, |bits, slot| bits << 1 | u128::from(slot.is_some()));
        Said { keys, others: self.has_others, meant: self.meant }
    }

    /// The rest of the table, once everything that is used is taken: checks what has a look, and gives what is
    /// carried along.
    pub(crate) fn rest(&mut self, table: &Table, reader: &mut Reader<'_>) -> Vec<Carried> {
        let fields = table.fields.iter().filter(|field| field.usage != Usage::Used);
        let mut out = Vec::new();
        for (field, slot) in fields.zip(&mut self.left) {
            let (Some(look), Some(entry)) = (field.look, slot) else { continue };
            if matches!(field.usage, Usage::Carried | Usage::Checked) {
                look(&entry.value, reader);
            }
            if field.usage == Usage::Carried {
                out.push(Carried { key: field.key, value: entry.value.clone() });
            }
        }
        out
    }

    /// Reads the next key of the table.
    pub(crate) fn take<T: Shape>(&mut self, reader: &mut Reader<'_>) -> Option<At<T>> {
        let entry = self.left.next().flatten()?;
        At::read(&entry.value, reader)
    }
}

/// Checks a value and lets it go.
pub(crate) fn look<T: Shape>(node: &Node, reader: &mut Reader<'_>) {
    T::read(node, reader);
}
