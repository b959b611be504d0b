//! What a workload is started with.

use std::collections::BTreeMap;

use eve_core::{Runner as _, SecretName, SecretVersion, Template, VarName, codes};

use crate::place::{Place, SECRET};

#[tokio::test]
async fn nothing_of_the_engines_environment_is_handed_on() {
    let place = Place::open().await;
    let output = place.output(&place.attempt(1, &["env"])).await;
    let names: Vec<_> = output.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["EVE_ARTIFACTS", "EVE_INSTANCE", "HOME", "LANG", "PATH", "TMPDIR"]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_child_inherits_no_descriptor() {
    let place = Place::open().await;
    // One that only a careless library opens: without the close-on-exec flag.
    let careless = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::io::fcntl_setfd(&careless, rustix::io::FdFlags::empty()).unwrap();
    let spec = place.attempt(1, &["fixture", "descriptors"]);
    let output = place.output(&spec).await;
    assert_eq!(output, "");
}

#[tokio::test]
async fn a_program_below_the_working_folder_is_found() {
    let place = Place::open().await;
    let mut spec = place.attempt(1, &["./program", "say", "hello"]);
    spec.artifact = Some(place.artifact().await);
    spec.working_dir = Some("below".to_owned());
    assert_eq!(place.output(&spec).await, "hello");
}

#[tokio::test]
async fn a_working_folder_may_not_lead_out() {
    let place = Place::open().await;
    for (i, bad) in ["..", "below/../..", "/tmp"].into_iter().enumerate() {
        let mut spec = place.attempt(u32::try_from(i).unwrap(), &["fixture", "exit", "0"]);
        spec.artifact = Some(place.artifact().await);
        spec.working_dir = Some(bad.to_owned());
        let error = place.host.runner().start(&spec, &place.attempt_cx()).await.unwrap_err();
        assert_eq!(error.code(), &codes::PLAN_REFUSED, "{bad}");
    }
}

#[tokio::test]
async fn a_secret_reaches_the_workload_and_not_its_log_or_the_disk() {
    let place = Place::open().await;
    let secret = SecretName::new("PASSWORD").unwrap();
    let mut spec = place.attempt(1, &["fixture", "variable", "URL"]);
    let parts = [eve_core::Part::Text("db://u:".to_owned()), eve_core::Part::Secret(secret.clone())];
    spec.variables.insert(VarName::new("URL").unwrap(), Template::from_parts(parts));
    spec.secrets = BTreeMap::from([(secret, SecretVersion::new("1"))]);
    assert_eq!(place.output(&spec).await, "db://u:***");
    assert!(place.dir.holds("variable") && !place.dir.holds(SECRET));
}

#[tokio::test]
async fn a_secret_in_the_search_path_is_in_no_error() {
    let place = Place::open().await;
    let secret = SecretName::new("PASSWORD").unwrap();
    let mut spec = place.attempt(1, &["no-such-program"]);
    spec.variables.insert(VarName::new("PATH").unwrap(), Template::secret(secret.clone()));
    spec.secrets = BTreeMap::from([(secret, SecretVersion::new("1"))]);
    let error = place.host.runner().start(&spec, &place.attempt_cx()).await.unwrap_err();
    assert_eq!(error.code(), &codes::WORKLOAD_CANNOT_START);
    assert!(error.to_string().contains("***") && !error.chain().contains(SECRET), "{error}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_is_limited() {
    let place = Place::open().await;
    let bytes = (256 << 20).to_string();
    let mut spec = place.attempt(1, &["fixture", "allocate", &bytes]);
    let (exit, _) = place.run(&spec).await;
    assert!(exit.is_success());
    spec.id = place.attempt(2, &[]).id;
    spec.resources.limits.memory = Some(eve_core::ByteSize::bytes(64 << 20));
    let (exit, _) = place.run(&spec).await;
    assert!(!exit.is_success());
}
