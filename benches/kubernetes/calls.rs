//! Calls of the Kubernetes API, and what they are for.

use std::collections::BTreeMap;

use crate::side_by_side::report;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
}

impl Call {
    pub(crate) fn is_watch(&self) -> bool {
        self.query.split('&').any(|pair| pair == "watch=true" || pair == "watch=1")
    }

    pub(crate) fn is_read(&self) -> bool {
        self.method == "GET" && !self.is_watch() && !self.is_way() && self.kind() != "version"
    }

    /// True for what is asked of a pod by way of the cluster: no object is read for it.
    fn is_way(&self) -> bool {
        self.path.split('/').any(|step| step == "proxy")
    }

    /// True for what changes something: to ask for rights does not.
    pub(crate) fn is_write(&self) -> bool {
        self.method != "GET" && !self.path.contains("/authorization.k8s.io/")
    }

    /// The kind of objects that it is about.
    fn kind(&self) -> &str {
        let steps: Vec<&str> = self.path.split('/').filter(|step| !step.is_empty()).collect();
        let after = match steps.iter().position(|step| *step == "namespaces") {
            // The namespaces themselves, or something in one.
            Some(at) if steps.len() <= at + 2 => at,
            Some(at) => at + 2,
            None if steps.first() == Some(&"api") => 2,
            None if steps.first() == Some(&"apis") => 3,
            None => 0,
        };
        steps.get(after).copied().unwrap_or_default()
    }
}

/// Prints how often each kind was read, and each object written.
pub(crate) fn told(calls: &[Call], writes: usize) {
    let count = |which: &dyn Fn(&Call) -> Option<String>| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for name in calls.iter().filter_map(which) {
            *counts.entry(name).or_default() += 1;
        }
        counts
    };
    let reads = count(&|call| call.is_read().then(|| call.kind().to_owned()));
    let of_objects = count(&|call| call.is_write().then(|| call.path.clone()));
    report::count("reads of one kind, at most", reads.values().max().copied().unwrap_or_default(), 2);
    report::count("writes of one object, at most", of_objects.values().max().copied().unwrap_or_default(), writes);
    let by_kind = count(&|call| call.is_write().then(|| call.kind().to_owned()));
    report::note("reads", &listed(&reads));
    report::note("writes", &listed(&by_kind));
    report::note("asked behind Services", &calls.iter().filter(|call| call.is_way()).count().to_string());
    report::note("watches", &listed(&count(&|call| call.is_watch().then(|| call.kind().to_owned()))));
}

fn listed(counts: &BTreeMap<String, usize>) -> String {
    let each: Vec<_> = counts.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    format!("{} ({})", counts.values().sum::<usize>(), each.join(", "))
}
