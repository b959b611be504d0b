//! `diagnose`.

use eve::Finding;
use eve::k8s::{ClusterView, CollectOptions};
use futures_util::future::join_all;

use crate::args::{Backend, DiagnoseArgs};
use crate::failure::{Failure, USAGE};
use crate::writing::{Answer, Diagnosed};

/// Says what is wrong in namespaces of a cluster, whoever made them. It needs no manifest and no
/// state, and changes nothing; a cluster that cannot be reached is a finding.
pub(crate) async fn diagnose(runtime: Backend, args: &DiagnoseArgs) -> Result<Answer, Failure> {
    if runtime != Backend::K8s {
        let text = "namespaces are those of a cluster";
        return Err(Failure::new(Failure::USAGE_EXIT, USAGE, text).with_hint("add --runtime k8s"));
    }
    let findings = merged(views(args).await.iter().flat_map(eve::k8s::diagnose));
    let shown: Vec<_> = findings.iter().map(Diagnosed::new).collect();
    let mut text = shown.iter().map(Diagnosed::text).collect::<Vec<_>>().join("\n");
    let fails = findings.iter().any(Finding::is_failure);
    if text.is_empty() {
        text = format!("nothing is wrong in {}", args.namespaces.join(", "));
    }
    let answer = if fails { Answer::found(text) } else { Answer::ok(text) };
    Ok(answer.with("findings", shown))
}

async fn views(args: &DiagnoseArgs) -> Vec<ClusterView> {
    match eve::k8s::connect(args.kubeconfig.as_deref(), args.context.as_deref()).await {
        Ok(client) => {
            let options = CollectOptions::default().with_asked(args.asked.iter().cloned());
            let all = args.namespaces.iter().map(|namespace| eve::k8s::collect(client.clone(), namespace, &options));
            join_all(all).await
        }
        Err(why) => args.namespaces.iter().take(1).map(|one| eve::k8s::unreachable(one, why.clone())).collect(),
    }
}

/// The findings of several namespaces, the worst first; what they share is told once.
fn merged(all: impl Iterator<Item = Finding>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for finding in all {
        let is_same = |one: &Finding| one.code == finding.code && one.subject == finding.subject;
        if !findings.iter().any(is_same) {
            findings.push(finding);
        }
    }
    findings.sort_by_key(|finding| match finding.verdict.word() {
        "terminal" => 0,
        "grace" => 1,
        _ => 2,
    });
    findings
}
