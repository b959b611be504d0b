//! Reading a manifest is a function of its text: no file, no network, no clock, no thread, nothing kept from call to call.
//!
//! This crate's own sources are held to that. Of the crates below it, eve-core has traits that are asynchronous, and brings
//! tokio's channels for them: no executor, no timer, no input or output, and no random numbers. The list keeps out whatever
//! reaches for more.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Every crate below this one. One that opens files, sockets or processes has no place here.
const BELOW: &[&str] = &[
    "arraydeque",
    "block-buffer",
    "bytes",
    "cfg-if",
    "const-oid",
    "cpufeatures",
    "crypto-common",
    "digest",
    "dyn-clone",
    "eve-core",
    "eve-manifest",
    "futures-core",
    "futures-sink",
    "futures-task",
    "futures-util",
    "hybrid-array",
    "itoa",
    "memchr",
    "once_cell",
    "pin-project-lite",
    "ref-cast",
    "saphyr-parser",
    "schemars",
    "serde",
    "serde_core",
    "serde_json",
    "sha2",
    "slab",
    "strsim",
    "thiserror",
    "tokio",
    "tokio-stream",
    "tokio-util",
    "tracing",
    "tracing-core",
    "typenum",
    "zeroize",
    "zmij",
];
/// What is used of tokio: its channels, which need nothing to run them.
const OF_TOKIO: &[&str] = &["default", "sync"];
/// What a pure source has no use for.
const IMPURE: &[&str] = &[
    "async fn",
    "async move",
    "std::env",
    "std::fs",
    "std::io",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::net::Tcp",
    "std::net::Udp",
    "std::sync::Mutex",
    "std::sync::RwLock",
    "Atomic",
    "OnceLock",
    "LazyLock",
    "OnceCell",
    "thread_local!",
    "static mut",
    "println!",
    "eprintln!",
    "dbg!",
    "tokio",
];

#[test]
fn nothing_below_reaches_outside() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = ["tree", "-p", "eve-manifest", "-e", "normal", "--prefix", "none", "-f", "{p}|{f}", "--locked"];
    let output = Command::new(cargo).args(tree).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut crates = 0;
    // What runs while building is no part of what is built.
    let only_built = ["proc-macro2", "quote", "syn", "unicode-ident"];
    for line in text.lines().filter(|line| !line.contains("(proc-macro)")) {
        let (package, features) = line.split_once('|').unwrap();
        let name = package.split(' ').next().unwrap();
        if only_built.contains(&name) {
            continue;
        }
        assert!(BELOW.contains(&name), "`{name}` is new below eve-manifest: does it reach outside?");
        crates += 1;
        if name == "tokio" {
            let features = features.trim_end_matches(" (*)").split(',');
            let more: Vec<_> = features.filter(|feature| !OF_TOKIO.contains(feature)).collect();
            assert!(more.is_empty(), "tokio's {more:?} came in below eve-manifest");
        }
    }
    assert!(crates > 20, "cargo lists the crates: {text}");
}

#[test]
fn its_own_sources_are_pure() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(sources.len() > 50, "the sources are found");
    for file in sources {
        let text = std::fs::read_to_string(&file).unwrap();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for word in IMPURE {
                assert!(!line.contains(word), "{}: `{word}` in: {line}", file.display());
            }
            let is_static = line.trim_start().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
            assert!(!is_static.starts_with("static "), "{}: {line}", file.display());
        }
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    // A module's tests may read what lies beside them.
    let sources = entries.filter(|path| !path.ends_with("tests.rs"));
    sources.flat_map(|path| if path.is_dir() { self::sources(&path) } else { vec![path] }).collect()
}
