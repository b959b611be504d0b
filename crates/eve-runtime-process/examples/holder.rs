//! Holds a service and an attempt until it is killed, for trying out what a successor finds:
//! `holder DIR PROGRAM`.

#[cfg(unix)]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::sync::Arc;
    use std::time::Duration;

    use eve_core::{
        AttemptId, AttemptSpec, Body, Deadline, EnvironmentId, Fence, LogSource, OpCx, OpId, RunId, Runner as _,
        SystemEnv,
    };
    use eve_runtime_process::{ChildId, ChildSpec, Environment, ProcessConfig, ProcessHost};

    let [dir, program] = std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "holder DIR PROGRAM")?;
    let host = ProcessHost::open(ProcessConfig::new(dir)).await?;

    let argv = vec![program.clone(), "wait".to_owned()];
    let id = ChildId::new("instances/eve-acme-shop-test/web@1")?;
    let about = Body::of(&"a service")?;
    host.children()
        .start(ChildSpec::new(id, about, LogSource::new("web@1"), argv.clone(), Environment::new("")))
        .await?;

    let environment = EnvironmentId::parse("acme/shop/test")?;
    let attempt = AttemptId::new(&RunId::new("run_0a")?, "migrate", 1);
    let system = Arc::new(SystemEnv::new());
    let deadline = Deadline::after(&*system, Duration::from_secs(60));
    let cx = OpCx::new(system, environment.clone(), OpId::new("attempt"), Fence::new(1), deadline);
    host.runner().start(&AttemptSpec::new(attempt, environment, "migrate", argv), &cx).await?;

    println!("holding");
    std::future::pending::<()>().await;
    Ok(())
}

#[cfg(not(unix))]
fn main() {}
