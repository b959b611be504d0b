//! An example of each key of the language and of each code, right and wrong, with what is told of it.
//!
//! `tests/keys` has a file for each kind of mapping, named for its title. It begins with a frame, a manifest in which `@`
//! stands for the mapping, and goes on with an entry for each key: a right value, a wrong one, and what is told of
//! either. An entry that needs another frame than the others begins with its own. `tests/codes` has an entry for each
//! code: a text that is right, and one of which that code is told.
//! `UPDATE_GOLDEN=1 cargo test -p eve-manifest --test examples` writes down what is told now.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use eve_core::OrgName;
use eve_manifest::{Limits, Manifest, Problem, Severity, Target, Text, codes, reference};

/// Codes that no text alone can show.
const OF_FILES: &[&str] = &["manifest.not_found", "manifest.unreadable"];

/// One example, as it stands in its file.
#[derive(Debug, Default, Clone, PartialEq)]
struct Example {
    name: String,
    /// Its own frame, where it needs another one.
    frame: Option<String>,
    right: Option<String>,
    /// What is told of what is right: warnings.
    warned: Option<String>,
    wrong: Option<String>,
    told: Option<String>,
}

/// The examples of a file, and the frame around them, where there is one.
#[derive(Debug, Default, PartialEq)]
struct Examples {
    frame: Option<String>,
    all: Vec<Example>,
}

impl Examples {
    fn parse(text: &str) -> Self {
        let mut out = Self::default();
        for section in format!("\n{text}").split("\n=== ").skip(1) {
            let (name, body) = section.split_once('\n').unwrap_or((section, ""));
            if name == "frame" {
                out.frame = Some(body.trim_end().to_owned());
                continue;
            }
            let mut example = Example { name: name.to_owned(), ..Example::default() };
            for part in format!("\n{body}").split("\n--- ").skip(1) {
                let (what, text) = part.split_once('\n').unwrap_or((part, ""));
                let text = Some(text.trim_end().to_owned());
                match what {
                    "frame" => example.frame = text,
                    "right" => example.right = text,
                    "warned" => example.warned = text,
                    "wrong" => example.wrong = text,
                    "told" => example.told = text,
                    other => panic!("{name}: no part is named `{other}`"),
                }
            }
            out.all.push(example);
        }
        out
    }

    fn text(&self) -> String {
        let mut out = self.frame.as_ref().map(|frame| format!("=== frame\n{frame}\n\n")).unwrap_or_default();
        for example in &self.all {
            _ = writeln!(out, "=== {}", example.name);
            let parts = [
                ("frame", &example.frame),
                ("right", &example.right),
                ("warned", &example.warned),
                ("wrong", &example.wrong),
                ("told", &example.told),
            ];
            for (what, text) in parts {
                if let Some(text) = text {
                    _ = writeln!(out, "--- {what}\n{text}");
                }
            }
            out += "\n";
        }
        out.trim_end().to_owned() + "\n"
    }

    /// A part of an example with the frame around it, each of its lines as deep as the mark.
    fn framed(&self, example: &Example, part: &str) -> String {
        let Some(frame) = example.frame.as_ref().or(self.frame.as_ref()) else { return part.to_owned() + "\n" };
        let mut out = String::new();
        for line in frame.lines() {
            match line.split_once('@') {
                Some((before, after)) if before.trim_start_matches([' ', '-']).is_empty() && after.is_empty() => {
                    let mut lead = before.to_owned();
                    for line in part.lines() {
                        _ = writeln!(out, "{lead}{line}");
                        lead = " ".repeat(before.len());
                    }
                }
                _ => _ = writeln!(out, "{line}"),
            }
        }
        out
    }
}

/// The bounds under which an example is tried: for those that are told of a bound, a small one.
fn limits(name: &str) -> Limits {
    let usual = Limits::default();
    match name {
        "yaml.size_limit" => Limits::new(60, usual.depth, usual.nodes),
        "yaml.depth_limit" => Limits::new(usual.bytes, 4, usual.nodes),
        "yaml.expansion_limit" => usual.with_expansion(4),
        "yaml.key_limit" => usual.with_keys(3),
        "interp.depth" => usual.with_references(10, 2),
        "manifest.more" => usual.with_problems(2),
        _ => usual,
    }
}

fn problems(name: &str, text: &str) -> Vec<Problem> {
    let target = Target::new(OrgName::new("acme").unwrap());
    match Manifest::resolve(Text { file: "eve.yaml", text }, &limits(name), &target) {
        Ok(lowered) => lowered.warnings,
        Err(problems) => problems.into_iter().collect(),
    }
}

fn rendered(problems: &[Problem]) -> Option<String> {
    let texts: Vec<_> = problems.iter().map(|problem| problem.to_string().trim_end().to_owned()).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// Tries the examples of a file; what is wrong with them is added to `faults`. Returns the codes that were told.
fn try_out(path: &Path, faults: &mut Vec<String>) -> (Examples, BTreeSet<String>) {
    let text = fs::read_to_string(path).unwrap_or_default();
    let then = Examples::parse(&text);
    let mut now = Examples { frame: then.frame.clone(), all: then.all.clone() };
    let mut seen = BTreeSet::new();
    for (at, example) in then.all.iter().enumerate() {
        let place = format!("{}: {}", path.file_stem().unwrap_or_default().display(), example.name);
        if let Some(right) = &example.right {
            let told = problems(&example.name, &then.framed(example, right));
            if told.iter().any(|problem| problem.severity == Severity::Error) {
                faults.push(format!("{place}: what is right is refused:\n{}", rendered(&told).unwrap_or_default()));
            }
            seen.extend(told.iter().map(|problem| problem.code.to_string()));
            now.all[at].warned = rendered(&told);
        }
        if let Some(wrong) = &example.wrong {
            let told = problems(&example.name, &then.framed(example, wrong));
            if told.is_empty() {
                faults.push(format!("{place}: nothing is told of what is wrong"));
            }
            seen.extend(told.iter().map(|problem| problem.code.to_string()));
            now.all[at].told = rendered(&told);
        }
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(path, now.text()).expect("it can be written");
    } else if now.all != then.all {
        let changed = now.all.iter().zip(&then.all).filter(|(now, then)| now != then).map(|(now, _)| now.name.as_str());
        let changed: Vec<_> = changed.collect();
        faults.push(format!("{}: something else is told of {}", path.display(), changed.join(", ")));
    }
    (then, seen)
}

#[test]
fn every_key_has_a_right_and_a_wrong_example() {
    let mut faults = Vec::new();
    let mut files: BTreeSet<String> = BTreeSet::new();
    for kind in reference::kinds() {
        let name = kind.title.replace([' ', '/'], "-");
        let path = folder("keys").join(format!("{name}.txt"));
        files.insert(format!("{name}.txt"));
        let (examples, _) = try_out(&path, &mut faults);
        let known: BTreeMap<&str, &Example> = examples.all.iter().map(|one| (one.name.as_str(), one)).collect();
        for key in &kind.keys {
            let Some(example) = known.get(key.path.as_str()) else {
                faults.push(format!("{}: `{}` has no example", kind.title, key.path));
                continue;
            };
            if example.right.is_none() && key.treatment != "refused" {
                faults.push(format!("{}: `{}` has no right example", kind.title, key.path));
            }
            if example.wrong.is_none() && key.shape != "anything" {
                faults.push(format!("{}: `{}` has no wrong example", kind.title, key.path));
            }
        }
        // One entry may have a few words behind the key: `image, of several platforms`.
        let is_of_a_key = |name: &str| {
            let key = name.split_once(", ").map_or(name, |(key, _)| key);
            kind.keys.iter().any(|one| one.path == key)
        };
        faults.extend(
            known.keys().filter(|name| !is_of_a_key(name)).map(|name| format!("{}: no key `{name}`", kind.title)),
        );
    }
    for entry in fs::read_dir(folder("keys")).expect("the folder is there").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !files.contains(&name) {
            faults.push(format!("{name} is of no kind of mapping"));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_code_has_a_right_and_a_wrong_example() {
    let mut faults = Vec::new();
    let (examples, _) = try_out(&folder("codes").join("codes.txt"), &mut faults);
    for (code, _) in codes::ALL {
        if OF_FILES.contains(&code.as_str()) {
            continue;
        }
        let Some(example) = examples.all.iter().find(|one| one.name == code.as_str()) else {
            faults.push(format!("{code} has no example"));
            continue;
        };
        let tells = |part: &Option<String>| {
            let told = part.as_ref().map(|text| problems(&example.name, &examples.framed(example, text)));
            told.map(|told| told.iter().any(|problem| problem.code == *code))
        };
        if tells(&example.right) != Some(false) {
            faults.push(format!("{code}: there is no right example, or the code is told of it"));
        }
        if tells(&example.wrong) != Some(true) {
            faults.push(format!("{code}: there is no wrong example, or the code is not told of it"));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn an_example_is_read_as_it_is_written() {
    let text = "=== frame\na:\n  - @\n\n=== b\n--- right\nb: 1\nc: 2\n--- wrong\nb: x\n--- told\nerror\n\n=== d\n--- frame\ne:\n  @\n--- right\nd: 1\n";
    let examples = Examples::parse(text);
    assert_eq!(examples.text(), text);
    assert_eq!(examples.framed(&examples.all[0], "b: 1\nc: 2"), "a:\n  - b: 1\n    c: 2\n");
    assert_eq!(examples.framed(&examples.all[1], "d: 1"), "e:\n  d: 1\n");
}
