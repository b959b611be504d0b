//! What the last words of a program most often mean.

use eve_core::{Evidence, Finding};
use k8s_openapi::api::core::v1::ContainerStateTerminated;

use crate::diagnosis::report::mentions;

/// How much of a line is told in a sentence.
const LENGTH: usize = 160;

/// What is found in last words, and what to do then. What is more certain comes first.
const SIGNS: &[(&[&str], &str)] = &[
    (
        &["read-only file system"],
        "it writes to a root that is read-only: mount an emptyDir where it writes, or change readOnlyRootFilesystem",
    ),
    (
        &["address already in use", "eaddrinuse"],
        "the port is taken: containers of a pod share theirs, and with hostNetwork the node's",
    ),
    (&["exec format error"], "it was built for another processor: build the image for the nodes' platform"),
    (&["no space left on device"], "its disk or volume is full: give it more, or write less"),
    (
        &["outofmemoryerror", "heap out of memory", "cannot allocate memory", "std::bad_alloc"],
        "it had not enough memory: raise its limit, or its own bound of memory",
    ),
    (
        &[
            "no such host",
            "name or service not known",
            "could not resolve",
            "bad address",
            "getaddrinfo",
            "temporary failure in name resolution",
            "nxdomain",
        ],
        "a name that it calls is not resolved: check the service's name and namespace, and the cluster's name server",
    ),
    (
        &["connection refused", "econnrefused"],
        "whom it calls is there and does not listen: check the service, its port, and whether its pods are ready",
    ),
    (
        &["timed out", "i/o timeout", "etimedout"],
        "whom it calls does not answer: check the service, and network policies between them",
    ),
    (
        &["permission denied", "eacces", "operation not permitted"],
        "it may not do something: check runAsUser, fsGroup, capabilities, and who owns the files of its volumes",
    ),
    (
        &["unable to load driver", "cuda error", "cuda driver version"],
        "the driver of the node and the program's do not match",
    ),
];

/// Adds what a program said last to a finding about its end: in the sentence, and as a hint where
/// it is a sign.
pub(super) fn told(finding: Finding, ended: &ContainerStateTerminated) -> Finding {
    let message = ended.message.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let lines: Vec<String> = finding.evidence.iter().filter_map(lines).flatten().cloned().collect();
    let of_message = message.into_iter().flat_map(str::lines).map(str::to_owned);
    let said: Vec<String> = lines.into_iter().chain(of_message).filter(|line| !line.trim().is_empty()).collect();
    let Some(last) = said.last() else { return finding };
    let sign = SIGNS.iter().find_map(|(signs, hint)| {
        let line = said.iter().rev().find(|line| mentions(line, signs))?;
        Some((line, *hint))
    });
    let (line, hint) = sign.map_or((last, None), |(line, hint)| (line, Some(hint)));
    let shown: String = line.trim().chars().take(LENGTH).collect();
    let mut finding = finding;
    finding.message = format!("{}; it said: {shown}", finding.message);
    match hint {
        Some(hint) => finding.with_hint(hint),
        None => finding,
    }
}

fn lines(evidence: &Evidence) -> Option<&Vec<String>> {
    match evidence {
        Evidence::LogTail { lines, .. } => Some(lines),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use eve_core::{Place, Timestamp, codes};

    use super::*;
    use crate::diagnosis::report::report;

    #[test]
    fn a_sign_in_the_last_words_gives_the_hint_and_other_words_are_only_told() {
        let of = |lines: &[&str]| {
            let finding = report(codes::WORKLOAD_CRASHED, Place::new("Pod", "a"), "ended", Timestamp::default());
            let lines = lines.iter().map(|line| (*line).to_owned()).collect();
            let finding = finding.with_evidence(Evidence::LogTail { source: "a/main".to_owned(), lines });
            told(finding.with_hint("plain"), &ContainerStateTerminated::default())
        };
        let read_only = of(&["touch: /a: Read-only file system", "giving up"]);
        assert!(read_only.message.ends_with("it said: touch: /a: Read-only file system"), "{}", read_only.message);
        assert!(read_only.hint.unwrap().contains("emptyDir"));
        let plain = of(&["bad licence", ""]);
        assert!(plain.message.ends_with("it said: bad licence") && plain.hint.as_deref() == Some("plain"));
        assert_eq!(of(&[]).message, "ended");
    }
}
