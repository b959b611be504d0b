//! `docs/support.md`: what each runtime makes of every key, as it says itself.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use eve::docker::DockerConfig;
use eve::k8s::K8sConfig;
use eve::{LossGrade, Support};

const TITLE: &str = "\
# What each runtime makes of a key

Each runtime was asked to plan a service (a job, where `job.` stands before the key) with this key alone; nothing here is
written by hand. Keys are named nearly as loss reports name them; [manifest.md](manifest.md) has those of the language. What
is built comes from a builder beside the runtime: the line of the artifact that it makes is the one that counts.
`UPDATE_GOLDEN=1 cargo test --test scenarios supporting` writes this page again, and `eve --runtime R manifest support`
prints a column of it. What processes can be held to differs between systems: this is Linux.

*exact*: as asked. *approximated*: nearly so. *ignored*: nothing is done, and the plan says so. *refused*: there is no
plan. The reasons are below the table.
";

fn grade(lost: Option<LossGrade>) -> &'static str {
    lost.map_or("exact", LossGrade::as_str)
}

fn page(runtimes: &[(&str, Vec<Support>)]) -> String {
    let mut out = format!("{TITLE}\n| key |");
    for (name, _) in runtimes {
        let _ = write!(out, " {name} |");
    }
    let _ = writeln!(out, "\n|---|{}", "---|".repeat(runtimes.len()));
    for (row, first) in runtimes[0].1.iter().enumerate() {
        let _ = write!(out, "| `{}` |", first.key);
        for (_, table) in runtimes {
            let _ = write!(out, " {} |", grade(table[row].lost));
        }
        out.push('\n');
    }
    for (name, table) in runtimes {
        let _ = writeln!(out, "\n## {name}\n");
        for one in table {
            let Some(reason) = &one.reason else { continue };
            let _ = writeln!(out, "- `{}`, {}: {reason}", one.key, grade(one.lost));
        }
    }
    out
}

#[test]
fn the_page_says_what_runtimes_say_of_themselves() {
    let runtimes = [
        ("processes", eve::process::support()),
        ("Docker", eve::docker::support(&DockerConfig::new())),
        ("Kubernetes", eve::k8s::support(&K8sConfig::new())),
    ];
    let runtimes = runtimes.map(|(name, table)| (name, table.expect("it takes a service")));
    let now = page(&runtimes);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/support.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &now).expect("it can be written");
    }
    let then = fs::read_to_string(&golden).unwrap_or_default();
    assert!(now == then, "the page is another; look at it, and run with UPDATE_GOLDEN=1:\n{now}");
}
