//! Text that means harm.

use std::process::Command;
use std::time::Duration;

use eve_manifest::Limits;

use crate::Result;
use crate::peak;
use crate::work::{resolve, target, timed};

/// A text and what it is called.
#[derive(Debug)]
pub(crate) struct Bomb {
    pub(crate) name: &'static str,
    text: fn() -> String,
}

/// What became of one.
#[derive(Debug)]
pub(crate) struct Cost {
    pub(crate) bytes: usize,
    pub(crate) time: Duration,
    /// What was needed beside the text. None where the system does not tell.
    pub(crate) mebibytes: Option<f64>,
    /// The code of the first error.
    pub(crate) answer: String,
}

impl Bomb {
    pub(crate) const ALL: &[Self] = &[
        Self { name: "aliases of aliases", text: || aliases("x-a") },
        Self { name: "aliases in services", text: || format!("services:\n{}", aliases("  a")) },
        Self { name: "an alias of itself", text: || "services: &a { web: *a }\n".to_owned() },
        Self { name: "anchors in anchors", text: anchors },
        Self { name: "a list in a list", text: || format!("- [{}]", "x,".repeat((2 << 20) - 10)) },
        Self { name: "quotes in a list", text: || format!("- [{}]", "\"".repeat((4 << 20) - 10)) },
        Self { name: "a mapping as a key", text: || format!("{{ {{ {}", "a: b,".repeat(800_000)) },
        Self { name: "nested lists", text: || "[".repeat(100_000) },
        Self { name: "nested mappings", text: || "{a: ".repeat(100_000) },
        Self { name: "nested blocks", text: || many(2_000, |i| format!("{}a:\n", " ".repeat(i))) },
        Self { name: "nested dashes", text: || "- ".repeat(100_000) },
        Self { name: "nested keys", text: || "? ".repeat(50_000) },
        Self { name: "a scalar of 64 MiB", text: || format!("name: {}", "x".repeat(64 << 20)) },
        Self { name: "a scalar of 4 MiB", text: || format!("name: {}", "x".repeat((4 << 20) - 100)) },
        Self { name: "a quoted one", text: || format!("name: \"{}\"", "\\x41".repeat((1 << 20) - 100)) },
        Self { name: "a comment of 4 MiB", text: || format!("#{}\nname: a", " x".repeat((2 << 20) - 100)) },
        Self { name: "a million keys", text: || many(1_000_000, |i| format!("k{i}: 1\n")) },
        Self { name: "300,000 keys", text: || many(300_000, |i| format!("k{i}: 1\n")) },
        Self { name: "mappings of keys", text: || many(200_000, |i| format!("k{i}: {{ a: 1, b: 2 }}\n")) },
        Self { name: "2 million values", text: || format!("a: [{}]", "x,".repeat((2 << 20) - 10)) },
        Self { name: "many lists", text: || format!("a: [{}]", "[],".repeat(1 << 20)) },
        Self { name: "many small mappings", text: || format!("a: [{}]", "{a: b},".repeat(400_000)) },
        Self { name: "10,000 documents", text: || "a: 1\n---\n".repeat(10_000) },
        Self {
            name: "defaults in defaults",
            text: || variable(&format!("{}x{}", "${A:-".repeat(10_000), "}".repeat(10_000))),
        },
        Self { name: "many variables", text: || variable(&"${A:-x}".repeat(500_000)) },
        Self { name: "open braces", text: || variable(&"${".repeat(1 << 20)) },
        Self { name: "many mistakes", text: || many(19_000, |i| format!("key{i}: 1\n")) },
        Self { name: "forbidden characters", text: || "\u{202e}".repeat(1 << 20) },
    ];

    pub(crate) fn named(name: &str) -> Result<&'static Self> {
        Self::ALL.iter().find(|bomb| bomb.name == name).ok_or_else(|| format!("no bomb is called `{name}`").into())
    }

    /// Lets it go off in this process, which does nothing else, and says what that cost.
    pub(crate) fn go_off(&self) -> Result {
        let (text, limits, target) = ((self.text)(), Limits::default(), target()?);
        let before = peak::begin();
        let (time, answer) = timed(|| resolve(&text, &limits, &target));
        let mebibytes = before.and_then(|before| peak::mebibytes(peak::most()?.saturating_sub(before)));
        let answer = answer.map_or_else(|problems| problems.first().code.to_string(), |_| "read".to_owned());
        let peak = mebibytes.map_or_else(|| "-".to_owned(), |peak| peak.to_string());
        println!("{} {} {peak} {answer}", text.len(), time.as_nanos());
        Ok(())
    }

    /// The same in a process of its own.
    pub(crate) fn in_a_process(&self) -> Result<Cost> {
        let output = Command::new(std::env::current_exe()?).args([peak::FLAG, self.name]).output()?;
        let said = String::from_utf8(output.stdout)?;
        let words: Vec<&str> = said.split_whitespace().collect();
        let [bytes, nanos, peak, answer] = &*words else {
            return Err(format!(
                "`{}` ended with {}: {}",
                self.name,
                output.status,
                String::from_utf8_lossy(&output.stderr)
            )
            .into());
        };
        Ok(Cost {
            bytes: bytes.parse()?,
            time: Duration::from_nanos(nanos.parse()?),
            mebibytes: peak.parse().ok(),
            answer: (*answer).to_owned(),
        })
    }
}

fn many(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect()
}

/// Nine levels, each of which repeats the one before nine times.
fn aliases(name: &str) -> String {
    let level = |i: usize| match i {
        0 => format!("{name}0: &a0 [x, x, x, x, x, x, x, x, x]\n"),
        _ => format!("{name}{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(", ")),
    };
    many(10, level)
}

/// Values that are kept once for each of the anchors around them.
fn anchors() -> String {
    format!("x: {}{}{}", many(60, |i| format!("&a{i} [")), "x,".repeat(100_000), "]".repeat(60))
}

fn variable(value: &str) -> String {
    format!("services: {{ web: {{ image: x, environment: {{ A: '{value}' }} }} }}\n")
}
