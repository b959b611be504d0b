//! From parser events to a tree, within limits and without recursion.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, ScalarStyle, Span as Range, Tag};

use super::characters::is_forbidden;
use super::{Entry, Key, Mark, Node, Scalar, Span, Value};
use crate::Limits;
use crate::codes;
use crate::problem::{Note, Report};

/// Nothing more can be read; the report says why.
pub(super) struct Stop;

/// Takes the events of one document.
pub(super) struct Builder<'a> {
    limits: &'a Limits,
    report: &'a mut Report,
    /// The text, if a character of it is a byte.
    ascii: Option<&'a str>,
    open: Vec<Frame>,
    anchors: HashMap<usize, Anchor>,
    nodes: usize,
    /// How many values aliases have repeated.
    repeated: usize,
    root: Option<Node>,
}

/// What an alias may repeat.
enum Anchor {
    /// A value that has not ended yet.
    Open,
    /// A value and how many values it holds in all.
    Done(Node, usize),
}

/// A list or mapping that has not ended yet.
struct Frame {
    anchor: usize,
    start: Mark,
    /// Where the sign that begins it ends, where it begins with one.
    begun: Mark,
    /// How many values it holds so far, itself included.
    size: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Mapping { entries: Vec<Entry>, lines: HashMap<String, u32>, key: Pending },
}

/// What a mapping waits for.
enum Pending {
    Key,
    Value(Key),
    /// The value of a key that is no text or stands twice: it is read and left out.
    Nothing,
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str, limits: &'a Limits, report: &'a mut Report) -> Self {
        let ascii = text.is_ascii().then_some(text);
        Self { limits, report, ascii, open: Vec::new(), anchors: HashMap::new(), nodes: 0, repeated: 0, root: None }
    }

    pub(super) fn report(&mut self, note: Note) {
        self.report.add(note);
    }

    pub(super) fn event(&mut self, event: Event<'_>, range: Range) -> Result<(), Stop> {
        let at = span(range);
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                self.report.add(
                    Note::error(codes::DOCUMENT_LIMIT, at, "a manifest is one document, and here a second one begins")
                        .hint("remove the line `---`"),
                );
                Err(Stop)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
            Event::SequenceStart(anchor, tag) => {
                self.tag(tag.as_deref(), at, "seq");
                self.start(anchor, at, Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.tag(tag.as_deref(), at, "map");
                let content = Content::Mapping { entries: Vec::new(), lines: HashMap::new(), key: Pending::Key };
                self.start(anchor, at, content)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(at),
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = self.tag(tag.as_deref(), at, "str");
                if style == ScalarStyle::DoubleQuoted {
                    self.escaped(&text, at);
                }
                let at = self.trimmed(at, range);
                let value = Value::Scalar(Scalar::new(&text, style, is_text, at));
                self.count(1, at)?;
                self.complete(Node { span: at, value }, anchor, 1)
            }
            Event::Alias(id) => self.alias(id, at),
        }
    }

    /// The innermost list or mapping in brackets that has not ended, by its bracket.
    pub(super) fn unclosed(&self, text: &str) -> Option<(Mark, char)> {
        self.open.iter().rev().find_map(|frame| {
            // The bracket ends what stands before it, an anchor for example, or is where it begins.
            let last = Mark { column: frame.begun.column.saturating_sub(1), ..frame.begun };
            [last, frame.start].into_iter().find_map(|at| {
                let sign = text.lines().nth(at.line as usize - 1)?.chars().nth((at.column as usize).checked_sub(1)?)?;
                "[{".contains(sign).then_some((at, sign))
            })
        })
    }

    pub(super) fn finish(self) -> Node {
        let empty = || {
            let value = Scalar::new("", ScalarStyle::Plain, false, Span::default());
            Node { span: Span::default(), value: Value::Scalar(value) }
        };
        self.root.unwrap_or_else(empty)
    }

    fn start(&mut self, anchor: usize, at: Span, content: Content) -> Result<(), Stop> {
        self.count(1, at)?;
        if self.open.len() >= self.limits.depth {
            let text = format!("more than {} lists and mappings stand inside each other", self.limits.depth);
            self.report.add(Note::error(codes::DEPTH_LIMIT, at, text));
            return Err(Stop);
        }
        if anchor > 0 {
            self.anchors.insert(anchor, Anchor::Open);
        }
        self.open.push(Frame { anchor, start: at.start, begun: at.end, size: 1, content });
        Ok(())
    }

    fn end(&mut self, at: Span) -> Result<(), Stop> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let value = match frame.content {
            Content::List(items) => Value::List(items),
            Content::Mapping { entries, .. } => Value::Mapping(self.inherit(entries)),
        };
        self.complete(Node { span: Span::new(frame.start, at.end), value }, frame.anchor, frame.size)
    }

    fn alias(&mut self, id: usize, at: Span) -> Result<(), Stop> {
        let (node, size) = match self.anchors.get(&id) {
            Some(Anchor::Done(node, size)) => (node, *size),
            Some(Anchor::Open) => {
                self.report.add(Note::error(codes::CYCLIC_ALIAS, at, "an alias repeats a value that it is a part of"));
                return Err(Stop);
            }
            None => {
                self.report.add(Note::error(codes::SYNTAX, at, "an alias repeats a value that does not exist"));
                return Err(Stop);
            }
        };
        // Before the copy, so that a bomb costs nothing.
        let repeated = self.repeated.saturating_add(size);
        if repeated > self.limits.expansion || self.nodes.saturating_add(size) > self.limits.nodes {
            let text = format!("aliases repeat more than {} values", self.limits.expansion);
            self.report.add(Note::error(codes::EXPANSION_LIMIT, at, text));
            return Err(Stop);
        }
        self.repeated = repeated;
        let node = node.clone();
        self.count(size, at)?;
        self.complete(node, 0, size)
    }

    /// Puts a value where the innermost open list or mapping waits for one.
    fn complete(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), Stop> {
        if anchor > 0 {
            self.count(size, node.span)?;
            self.anchors.insert(anchor, Anchor::Done(node.clone(), size));
        }
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.size += size;
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Mapping { entries, lines, key } => match std::mem::replace(key, Pending::Key) {
                Pending::Key if entries.len() >= self.limits.keys => {
                    let text = format!("this mapping has more than {} keys", self.limits.keys);
                    self.report.add(Note::error(codes::KEY_LIMIT, node.span, text));
                    return Err(Stop);
                }
                Pending::Key => *key = accept(node, entries, lines, self.report),
                Pending::Value(key) => {
                    // Nothing has no place of its own; the key's is where somebody would look.
                    let span = if node.is_null() && node.span.start == node.span.end { key.span } else { node.span };
                    entries.push(Entry { key, value: Node { span, ..node } });
                }
                Pending::Nothing => {}
            },
        }
        Ok(())
    }

    /// The place of a single value without the blanks behind it, which the parser counts in.
    fn trimmed(&self, at: Span, range: Range) -> Span {
        let written = self.ascii.and_then(|text| text.get(range.start.index()..range.end.index()));
        match written {
            Some(written) if at.start.line == at.end.line => at.part(0, written.trim_end().len()),
            _ => at,
        }
    }

    /// Resolves the key `<<`: what the mappings there say holds where this one says nothing.
    fn inherit(&mut self, mut entries: Vec<Entry>) -> Vec<Entry> {
        let Some(at) = entries.iter().position(|entry| entry.key.text == "<<") else { return entries };
        let from = entries.remove(at);
        let parents = match from.value.value {
            Value::List(items) => items,
            _ => vec![from.value],
        };
        let mut known: HashSet<String> = entries.iter().map(|entry| entry.key.text.clone()).collect();
        for parent in parents {
            match parent.value {
                Value::Mapping(inherited) => {
                    entries.extend(inherited.into_iter().filter(|entry| known.insert(entry.key.text.clone())));
                }
                _ => self.report.add(
                    Note::error(codes::WRONG_TYPE, parent.span, "`<<` expects a mapping")
                        .hint("write `<<: *name` with an alias of a mapping"),
                ),
            }
        }
        entries
    }

    /// Reports a tag that is not the one that the value has anyway. True if the tag makes it text.
    fn tag(&mut self, tag: Option<&Tag>, at: Span, natural: &str) -> bool {
        let Some(tag) = tag else { return false };
        if tag.handle.is_empty() && tag.suffix == "!" || tag.is_yaml_core_schema() && tag.suffix == natural {
            return natural == "str";
        }
        self.report.add(
            Note::error(codes::TAG, at, "this YAML tag is not allowed")
                .hint("remove the tag; quotes make a value text"),
        );
        false
    }

    /// Reports characters that stand in a value by an escape, and could not stand there as they are.
    fn escaped(&mut self, text: &str, at: Span) {
        if let Some(c) = text.chars().find(|c| is_forbidden(*c)) {
            let text = format!("an escape stands for the character U+{:04X}, which is not allowed", c as u32);
            self.report.add(Note::error(codes::CHARSET, at, text).hint("remove it"));
        }
    }

    fn count(&mut self, nodes: usize, at: Span) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= self.limits.nodes {
            return Ok(());
        }
        let text = format!("the text holds more than {} values, counting what aliases repeat", self.limits.nodes);
        self.report.add(Note::error(codes::SIZE_LIMIT, at, text));
        Err(Stop)
    }
}

/// So many keys of a mapping are compared, and more of them are looked up.
const COMPARED: usize = 16;

fn accept(node: Node, entries: &[Entry], lines: &mut HashMap<String, u32>, report: &mut Report) -> Pending {
    let span = node.span;
    let Value::Scalar(Scalar { text, .. }) = node.value else {
        report.add(Note::error(codes::WRONG_TYPE, span, "a key must be text"));
        return Pending::Nothing;
    };
    let first = if entries.len() <= COMPARED {
        entries.iter().find(|entry| entry.key.text == text).map(|entry| entry.key.span.start.line)
    } else {
        let new = &entries[lines.len()..];
        lines.extend(new.iter().map(|entry| (entry.key.text.clone(), entry.key.span.start.line)));
        lines.get(&text).copied()
    };
    if let Some(line) = first {
        report.add(
            Note::error(codes::DUPLICATE_KEY, span, format!("`{text}` stands twice in one mapping"))
                .hint(format!("the first one is at line {line}")),
        );
        return Pending::Nothing;
    }
    Pending::Value(Key { text, span })
}

/// A place as this crate counts: both numbers from 1.
pub(super) fn mark(marker: Marker) -> Mark {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Mark { line: number(marker.line()).max(1), column: number(marker.col()).saturating_add(1) }
}

pub(super) fn span(range: Range) -> Span {
    Span::new(mark(range.start), mark(range.end))
}
