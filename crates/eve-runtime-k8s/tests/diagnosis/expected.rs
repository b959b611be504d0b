//! Whether what is said is what a fixture expects.

use eve_core::{Finding, Verdict};

use super::fixture::Fixture;

/// Says what differs from what a fixture expects; nothing if all is as expected.
pub(crate) fn differences(fixture: &Fixture, findings: &[Finding]) -> Vec<String> {
    let Some(code) = fixture.told("expect") else {
        return findings.iter().map(|finding| format!("unexpected {finding}")).collect();
    };
    let Some(first) = findings.first() else { return vec![format!("no finding, {code} expected")] };
    let mut wrong = Vec::new();
    let mut same = |what: &str, wanted: Option<&str>, found: &str| {
        if let Some(wanted) = wanted.filter(|wanted| *wanted != found) {
            wrong.push(format!("{what} is {found}, {wanted} expected"));
        }
    };
    let place = first.subject.place.clone().unwrap_or_default();
    let about = format!("{} {}", place.kind, place.container.unwrap_or_default());
    same("code", Some(code), first.code.as_str());
    same("subject", fixture.told("about"), about.trim());
    same("owner", fixture.told("owner"), &first.owner.to_string());
    same("retry", fixture.told("retry"), &first.retry.to_string());
    // What began as grace may have become terminal.
    if !(fixture.told("verdict") == Some("grace") && first.verdict == Verdict::Terminal) {
        same("verdict", fixture.told("verdict"), first.verdict.word());
    }
    let json = serde_json::to_string(findings).expect("findings have a form");
    for key in ["mentions", "symptom", "also"] {
        let place =
            fixture.told(key).map(|text| text.replace("NAMESPACE", place.namespace.as_deref().unwrap_or_default()));
        if let Some(text) = place.filter(|text| !json.contains(text.as_str())) {
            wrong.push(format!("{text} is not mentioned"));
        }
    }
    if json.contains("swordfish") {
        wrong.push("a secret's value is told".to_owned());
    }
    every(findings, &mut |finding| {
        if finding.hint.is_none() || finding.evidence.is_empty() {
            wrong.push(format!("{} has no hint or no evidence", finding.code));
        }
        if finding.code.explanation().is_none() {
            wrong.push(format!("{} is no code of this version", finding.code));
        }
    });
    let strays = findings[1..].iter().filter(|one| Some(one.code.as_str()) != fixture.told("also"));
    wrong.extend(strays.map(|one| format!("unexpected {one}")));
    wrong
}

fn every(findings: &[Finding], look: &mut impl FnMut(&Finding)) {
    for finding in findings {
        look(finding);
        every(&finding.symptoms, look);
    }
}
