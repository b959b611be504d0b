//! What the host allows, at every door of the engine.

use std::error::Error as _;
use std::sync::Arc;

use eve_core::desired::{Bind, HostAccess, HostNamespace};
use eve_core::policy::Refusals;
use eve_core::{AbsolutePath, ErrorKind, Origin, Policy, Project, Runtime as _, codes};
use eve_engine::DeployRequest;

use crate::bench::{Bench, fault_of, sandbox, service_name, web};

fn path(text: &str) -> AbsolutePath {
    AbsolutePath::new(text).unwrap()
}

fn asking(argv: &[&str], ask: impl FnOnce(&mut HostAccess)) -> Project {
    let mut project = web(argv);
    let desired = &mut sandbox(&mut project).desired;
    ask(&mut desired.services.get_mut(&service_name("web")).unwrap().host);
    let place = Origin::File { file: "m.yaml".into(), line: 7, column: 5 };
    desired.origins.insert("services.web.host.binds.0", place);
    project
}

fn binding(argv: &[&str], source: &str) -> Project {
    asking(argv, |host| host.binds.push(Bind::new(path(source), path("/data"))))
}

fn bench(policy: Policy) -> Bench {
    Bench::with(|builder, _| builder.policy(policy))
}

#[tokio::test]
async fn what_the_host_does_not_allow_is_refused_before_anything_is_done() {
    let bench = Bench::new();
    let project = asking(&["serve"], |host| {
        host.binds.push(Bind::new(path("/etc"), path("/x")));
        host.privileged = true;
    });
    let planned = bench.engine.plan(&bench.request(project.clone())).await.map(drop).unwrap_err();
    let deployed = bench.engine.deploy(bench.request(project)).await.map(drop).unwrap_err();
    for error in [planned, deployed] {
        assert_eq!((error.kind(), error.code()), (ErrorKind::Denied, &codes::POLICY_DENIED));
        let refusals = error.source().unwrap().downcast_ref::<Refusals>().unwrap();
        let told: Vec<_> = refusals.iter().map(|refusal| (refusal.code.as_str(), refusal.origin.to_string())).collect();
        assert_eq!(told[0], ("policy.host_mount", "m.yaml:7:5".to_owned()));
        assert_eq!(told[1].0, "policy.privileged");
        assert!(error.hint().unwrap().contains("bind=/etc:rw, privileged"), "{error:?}");
    }
    assert!(bench.engine.runs(&bench.shop).await.unwrap().is_empty());
    assert!(bench.runtime.observe(&bench.shop).await.unwrap().objects.is_empty());
}

#[tokio::test]
async fn what_the_host_allows_is_deployed_and_told() {
    let bench = bench(Policy::deny().with_writable(path("/srv/data")).with_namespace(HostNamespace::Pid));
    let project = asking(&["serve"], |host| {
        host.binds.push(Bind::new(path("/srv/data/web"), path("/data")));
        host.namespaces.insert(HostNamespace::Pid);
    });
    let plan = bench.engine.plan(&bench.request(project.clone())).await.unwrap().plan;
    assert!(plan.losses.iter().any(|loss| loss.path == "services.web.host"), "{:?}", plan.losses);
    bench.succeed(project).await;
    let before = bench.instances("web").await.remove(0);
    bench.succeed(binding(&["serve"], "/srv/data/web")).await;
    assert_ne!(bench.instances("web").await.remove(0).hash, before.hash, "what is asked for is a part of the hash");
}

#[tokio::test]
async fn a_link_that_leads_out_is_refused_while_planning() {
    let runtime = |bench: &Bench| Arc::new(bench.runtime.clone().with_link(path("/srv/data/out"), path("/etc")));
    let policy = Policy::deny().with_writable(path("/srv/data"));
    let bench = Bench::with(|builder, bench| builder.policy(policy).runtime(runtime(bench)));
    for (source, allowed) in [("/srv/data/in", true), ("/srv/data/out", false)] {
        let planned = bench.engine.plan(&bench.request(binding(&["serve"], source))).await;
        match planned {
            Ok(_) => assert!(allowed),
            Err(error) => {
                assert!(!allowed, "{}", error.chain());
                assert_eq!(error.code(), &codes::POLICY_HOST_MOUNT);
                assert!(error.chain().contains("behind links that is /etc"), "{}", error.chain());
            }
        }
    }
}

#[tokio::test]
async fn a_release_that_was_allowed_once_is_judged_again_when_somebody_returns_to_it() {
    let bench = bench(Policy::deny().with_writable(path("/srv/data")));
    bench.succeed(binding(&["serve"], "/srv/data/a")).await;
    bench.succeed(web(&["serve"])).await;
    let strict = bench.parts().build().unwrap();
    let release = bench.engine.releases(&bench.shop.org, &bench.shop.project).await.unwrap().remove(0);
    let error = strict.rollback(&bench.shop, None, "ann").await.map(drop).unwrap_err();
    assert_eq!(error.code(), &codes::POLICY_HOST_MOUNT);
    let promoted = strict.deploy(DeployRequest::release(release, bench.shop.env.clone())).await.map(drop).unwrap_err();
    assert_eq!(promoted.code(), &codes::POLICY_HOST_MOUNT);
    let run = bench.engine.rollback(&bench.shop, None, "ann").await.unwrap();
    assert!(bench.end(&run).await.outcome.is_success());
}

#[tokio::test]
async fn what_stands_stays_where_an_undo_may_not_make_it_again() {
    let bench = bench(Policy::deny().with_writable(path("/srv/data")));
    bench.succeed(binding(&["serve"], "/srv/data/a")).await;
    let good = bench.instances("web").await.remove(0);
    let strict = bench.parts().build().unwrap();
    let run = strict.deploy(bench.request(web(&["exit", "1"]))).await.unwrap();
    let report = bench.end(&run).await;
    assert_eq!(fault_of(&report).code, codes::WORKLOAD_CRASHED);
    assert_eq!(report.undo(), Some(&eve_core::event::Undo::Complete));
    assert_eq!(bench.instances("web").await, [good]);
}
