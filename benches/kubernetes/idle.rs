//! What is asked while nothing happens.

use std::time::Duration;

use eve::k8s::{K8sConfig, K8sHost};
use eve::{EnvironmentId, Runtime as _};
use futures_util::StreamExt as _;

use crate::args::Args;
use crate::ground::Ground;
use crate::recorder::Recorder;
use crate::side_by_side::{Failure, report};

/// How long nothing happens.
const QUIET: Duration = Duration::from_secs(30);
/// How long a watch may take to begin.
const BEGINNING: Duration = Duration::from_secs(3);

pub(crate) async fn measure(args: &Args, ground: &Ground) -> Result<(), Failure> {
    let quiet = if args.smoke { BEGINNING } else { QUIET };
    report::title(&format!("an environment that is watched, while nothing happens for {} s", quiet.as_secs()));
    ground.eve.deploy(&ground.kubeconfig).output().await?;
    let recorder = Recorder::start(ground.client.clone(), ground.dir.path()).await?;
    let host = K8sHost::open(K8sConfig::new().with_kubeconfig(recorder.kubeconfig())).await?;
    let environment = EnvironmentId::parse(&ground.eve.environment())?;
    let mut states = host.runtime().watch(&environment);
    let mut count = 0;
    let watching = async {
        while let Some(state) = states.next().await {
            state?;
            count += 1;
        }
        Err::<(), Failure>("the watch ended".into())
    };
    let silence = async {
        tokio::time::sleep(BEGINNING).await;
        let begun = recorder.take().len();
        tokio::time::sleep(quiet).await;
        begun
    };
    let begun = tokio::select! {
        ended = watching => return ended,
        begun = silence => begun,
    };
    let calls = recorder.take();
    report::note("requests to begin with", &begun.to_string());
    report::note("states told", &count.to_string());
    report::note("watches again", &calls.iter().filter(|call| call.is_watch()).count().to_string());
    report::count("other requests", calls.iter().filter(|call| !call.is_watch()).count(), 0);
    Ok(())
}
