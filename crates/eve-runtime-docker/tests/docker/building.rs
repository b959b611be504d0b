//! Builds on the engine.

use std::sync::Arc;
use std::time::Duration;

use eve_core::desired::BuildSpec;
use eve_core::{Artifact, BuildCx, BuildRequest, Builder as _, Deadline, Env, ServiceName, SourceDir, SystemEnv};
use futures_util::future;

use crate::engine::{Engine, IMAGE, random};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: images are built"]
async fn of_equal_source_that_is_built_twice_at_once_there_is_one_image() {
    let engine = Engine::open(|config| config).await.expect("there is an engine");
    let root = tempfile::tempdir().expect("a temporary folder");
    // Nothing of it is in the engine's cache.
    let dockerfile = format!("FROM {IMAGE}\nLABEL own={:016x}\nCOPY file.txt /\n", random());
    std::fs::write(root.path().join("Dockerfile"), dockerfile).expect("the folder can be written");
    std::fs::write(root.path().join("file.txt"), "once").expect("the folder can be written");
    let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
    let builder = engine.host.builder();
    let build = async |service: &str| {
        let name = ServiceName::new(service).expect("a valid name");
        let request = BuildRequest::new(name, BuildSpec::new("."), SourceDir::new(root.path()));
        let cx = BuildCx::new(Arc::clone(&env), Deadline::after(&*env, Duration::from_mins(1)));
        match builder.build(&request, &cx).await.expect("it is built") {
            Artifact::LocalImage { id, .. } => id,
            other => panic!("{other} is no image"),
        }
    };
    let images = future::join_all(["api", "web", "worker"].map(build)).await;
    assert!(images.windows(2).all(|two| two[0] == two[1]), "{images:?}");
    engine.close().await;
}
