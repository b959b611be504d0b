use std::time::Duration;

use super::*;

#[test]
fn what_older_versions_stored_is_read() {
    let stored = r#"{"code":"workload.crashed","subject":{"service":null,"instance":null,"hash":null,"version":3},
        "message":"it ended","verdict":{"grace":{"secs":2,"nanos":0}},"owner":"config","retry":"backoff",
        "evidence":[{"evidence":"field","path":"a","value":"b"}],"hint":null,"since":7}"#;
    let finding: Finding = serde_json::from_str(stored).unwrap();
    assert_eq!(finding.owner, FaultOwner::User);
    assert_eq!(finding.retry, RetryClass::BackOff);
    assert_eq!(finding.verdict, Verdict::Grace(Duration::from_secs(2)));
    assert!(finding.symptoms.is_empty() && finding.subject.place.is_none());
}

#[test]
fn the_words_are_those_of_the_output() {
    let words = [RetryClass::Never, RetryClass::AfterChange, RetryClass::BackOff, RetryClass::Free];
    for (class, word) in words.into_iter().zip(["never", "after_change", "back_off", "free"]) {
        assert_eq!(class.to_string(), word);
        assert_eq!(serde_json::to_value(class).unwrap(), word);
    }
    assert_eq!(serde_json::to_value(FaultOwner::Platform).unwrap(), "platform");
}
