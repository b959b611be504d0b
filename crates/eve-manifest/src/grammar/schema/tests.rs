//! Whatever the reader takes, the schema takes; what has another shape than the reader asks for, neither takes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eve_core::Code;
use jsonschema::Validator;

use crate::grammar::{Dialect, Reader, document};
use crate::language::Root;
use crate::model::Model;
use crate::problem::{Report, Severity};
use crate::text::Source;
use crate::tree::{Node, Scalar, Value, parse};
use crate::{Limits, Text, codes};

const EVERY_KIND: &str = include_str!("../../../tests/every_kind.yaml");
const PLAIN: &str = include_str!("../../../tests/plain.yaml");

fn validator() -> Validator {
    jsonschema::validator_for(document::<Root>("test").as_value()).expect("the schema is one")
}

fn report() -> Report {
    Report::new(Arc::new(Source::new(Text { file: "f", text: "" })), 1000)
}

fn tree(text: &str) -> Option<Node> {
    parse(text, &Limits::default(), &mut report())
}

/// What the reader says of a tree, errors alone.
fn errors(tree: &Node) -> Vec<Code> {
    let mut report = report();
    let dialect = if tree.at("schema").is_some() { Dialect::Eve } else { Dialect::Compose };
    Model::new(tree, &mut Reader::new(&mut report, dialect, &Limits::default()));
    let problems = report.finish().map_or_else(|problems| problems.into_iter().collect(), |_| Vec::new());
    problems.into_iter().filter(|one| one.severity == Severity::Error).map(|one| one.code).collect()
}

/// What is wrong with how the reader and the schema judge a tree.
fn disagreement(tree: &Node, validator: &Validator) -> Option<String> {
    let errors = errors(tree);
    let json = tree.to_json();
    let is_taken = validator.is_valid(&json);
    if errors.is_empty() && !is_taken {
        let why: Vec<_> = validator.iter_errors(&json).map(|one| format!("{}: {one}", one.instance_path())).collect();
        return Some(format!("the reader takes it, and the schema does not: {}", why.join("; ")));
    }
    let has_another_shape = errors.iter().any(|code| [codes::WRONG_TYPE, codes::UNKNOWN_KEY].contains(code));
    (has_another_shape && is_taken).then(|| format!("the schema takes it, and the reader says {errors:?}"))
}

/// The files below a folder, without what is built.
fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push(path);
        }
    }
}

/// The text literals of a source file, as far as they are without unusual escapes.
fn literals(source: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find('"') {
        rest = &rest[at + 1..];
        let mut text = String::new();
        let mut chars = rest.char_indices();
        let end = loop {
            match chars.next() {
                None => break rest.len(),
                Some((at, '"')) => break at + 1,
                Some((_, '\\')) => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, '\n')) => {
                        let more = chars.as_str().len() - chars.as_str().trim_start().len();
                        chars.by_ref().take(more).for_each(drop);
                    }
                    Some((_, other)) => text.push(other),
                    None => {}
                },
                Some((_, other)) => text.push(other),
            }
        };
        rest = &rest[end..];
        out.push(text);
    }
    out
}

#[test]
fn the_schema_and_the_reader_agree_on_every_manifest_of_this_project() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&here.join("tests"), &mut found);
    files(&here.join("../../examples"), &mut found);
    let mut texts = Vec::new();
    for path in found {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("yaml" | "yml") => texts.push((path, text)),
            Some("rs") => texts.extend(literals(&text).into_iter().map(|text| (path.clone(), text))),
            _ => {}
        }
    }
    let validator = validator();
    let (mut good, mut bad) = (0, 0);
    for (path, text) in texts {
        let Some(tree) = tree(&text).filter(|tree| tree.at("services").is_some()) else { continue };
        if let Some(wrong) = disagreement(&tree, &validator) {
            panic!("{}: {wrong}\n{text}", path.display());
        }
        *(if errors(&tree).is_empty() { &mut good } else { &mut bad }) += 1;
    }
    assert!(good > 50 && bad > 20, "{good} good and {bad} bad ones were found");
}

/// Every tree in which one value is another.
fn each_changed(tree: &Node, to: &Value, visit: &mut dyn FnMut(&Node, &str)) {
    fn walk(root: &mut Node, path: &mut Vec<usize>, name: &str, to: &Value, visit: &mut dyn FnMut(&Node, &str)) {
        let before = std::mem::replace(&mut at(root, path).value, to.clone());
        visit(root, name);
        at(root, path).value = before;
        let inner: Vec<String> = match &at(root, path).value {
            Value::Scalar(_) => Vec::new(),
            Value::List(items) => (0..items.len()).map(|number| number.to_string()).collect(),
            Value::Mapping(entries) => entries.iter().map(|entry| entry.key.text.clone()).collect(),
        };
        for (number, inner) in inner.into_iter().enumerate() {
            path.push(number);
            walk(root, path, &format!("{name}.{inner}"), to, visit);
            path.pop();
        }
    }
    fn at<'n>(root: &'n mut Node, path: &[usize]) -> &'n mut Node {
        path.iter().fold(root, |node, number| match &mut node.value {
            Value::List(items) => &mut items[*number],
            Value::Mapping(entries) => &mut entries[*number].value,
            Value::Scalar(_) => unreachable!("a single value has nothing in it"),
        })
    }
    walk(&mut tree.clone(), &mut Vec::new(), "", to, visit);
}

#[test]
fn the_schema_and_the_reader_agree_on_values_of_another_type() {
    let validator = validator();
    let mapping = tree("{ no-such-key: 1 }").expect("it is YAML").value;
    let changes = [Value::Scalar(Scalar::filled("x".to_owned())), Value::List(Vec::new()), mapping];
    for text in [EVERY_KIND, PLAIN] {
        let tree = tree(text).expect("it is YAML");
        assert!(errors(&tree).is_empty(), "nothing is wrong with it as it is");
        for to in &changes {
            each_changed(&tree, to, &mut |changed, name| {
                // A variable without a value is one of the caller's, in a file without a schema alone.
                if let Some(wrong) = disagreement(changed, &validator).filter(|_| !name.contains(".environment.")) {
                    panic!("{name} as {to:?}: {wrong}");
                }
            });
        }
    }
}

#[test]
fn any_single_value_of_a_file_without_a_schema_may_be_a_variable() {
    let validator = validator();
    let tree = tree(PLAIN).expect("it is YAML");
    let to = Value::Scalar(Scalar::filled("${X}".to_owned()));
    each_changed(&tree, &to, &mut |changed, name| {
        if let Some(wrong) = disagreement(changed, &validator) {
            panic!("{name}: {wrong}");
        }
    });
}
