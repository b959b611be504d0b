//! A condition to be diagnosed: what is applied, and what is expected.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What stands in a fixture for its namespace.
const NAMESPACE: &str = "NAMESPACE";

/// A condition: the objects that bring it about, and what is to be said of it.
#[derive(Debug, Clone)]
pub(crate) struct Fixture {
    pub(crate) name: String,
    head: BTreeMap<String, String>,
    body: String,
}

impl Fixture {
    /// All fixtures, or those whose names have one of these parts.
    pub(crate) fn all(parts: Option<&str>) -> Vec<Self> {
        let mut all: Vec<_> = fs::read_dir(folder("fixtures"))
            .expect("the fixtures are beside the test")
            .map(|entry| Self::read(&entry.expect("the folder can be read").path()))
            .filter(|one| parts.is_none_or(|parts| parts.split(',').any(|part| one.name.contains(part))))
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a fixture can be read");
        let comments = text.lines().take_while(|line| line.starts_with('#'));
        let head = comments.filter_map(|line| line.trim_start_matches("# ").split_once(": "));
        let head = head.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a fixture has a name").to_owned();
        Self { name, head, body: text }
    }

    pub(crate) fn told(&self, key: &str) -> Option<&str> {
        self.head.get(key).map(String::as_str)
    }

    /// How long may pass until it is diagnosed, or has to pass without a finding.
    pub(crate) fn patience(&self) -> Duration {
        let told = ["within", "healthy for", "healthy after"].into_iter().find_map(|key| self.told(key));
        Duration::from_secs(told.and_then(|seconds| seconds.parse().ok()).expect("a fixture says how long"))
    }

    /// The objects, in the order in which they are made.
    pub(crate) fn objects(&self, namespace: &str) -> Vec<serde_json::Value> {
        let body = self.body.replace(NAMESPACE, namespace);
        let documents = body.split("\n---\n");
        documents.map(|text| serde_saphyr::from_str(text).expect("a fixture is YAML")).collect()
    }

    /// Labels of its namespace.
    pub(crate) fn labels(&self) -> BTreeMap<String, String> {
        let told = self.told("namespace labels").into_iter().flat_map(|labels| labels.split(','));
        told.filter_map(|pair| pair.split_once('=')).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    /// Where its recorded view is.
    pub(crate) fn snapshot(&self) -> PathBuf {
        folder("snapshots").join(format!("{}.json", self.name))
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnosis").join(name)
}
