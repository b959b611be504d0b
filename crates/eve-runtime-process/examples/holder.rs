//! Holds a service and an attempt until it is killed, for trying out what a successor finds:
//! `holder DIR PROGRAM SERVICE-ARGUMENT...`.

#[cfg(unix)]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::sync::Arc;
    use std::time::Duration;

    use eve_core::control::Channel;
    use eve_core::desired::Restart;
    use eve_core::memory::MemoryChannel;
    use eve_core::{
        AttemptId, AttemptSpec, Body, Deadline, EnvironmentId, Fence, Fences, LogSource, OpCx, OpId, RunId,
        Runner as _, Secret, SystemEnv,
    };
    use eve_runtime_process::{
        ChildId, ChildPort, ChildSpec, ChildrenPart, Environment, Mandate, ProcessConfig, ProcessHost, Readiness,
    };

    let mut arguments = std::env::args().skip(1);
    let (Some(dir), Some(program)) = (arguments.next(), arguments.next()) else {
        return Err("holder DIR PROGRAM SERVICE-ARGUMENT...".into());
    };
    let system = Arc::new(SystemEnv::new());
    let config = ProcessConfig::new(dir);
    let part = ChildrenPart::open(config.clone(), Arc::new(Fences::new())).await?;
    let channel: Arc<dyn Channel> = Arc::new(MemoryChannel::new(system.clone(), [Arc::new(part) as _]));
    let host = ProcessHost::attach(config, channel).await?;
    let environment = EnvironmentId::parse("acme/shop/test")?;

    let id = ChildId::new("instances/eve-acme-shop-test/web@1")?;
    let argv = [program.clone()].into_iter().chain(arguments).collect();
    let mut variables = Environment::new("/usr/bin:/bin");
    variables.set("MODE", Secret::new("fast"));
    variables.set_secret("URL", Secret::new("db://u:hunter22-is-secret@h"), std::iter::once(7..25));
    let mut service = ChildSpec::new(id, Body::of(&"a service")?, LogSource::new("web@1"), argv, variables);
    service.slot = Some("web".to_owned());
    service.ports = vec![ChildPort { number: 80, fixed: None }];
    service.restart = Restart::Always;
    // Long enough for a crash to be seen before it is forgiven.
    service.readiness = Readiness::Running(Duration::from_secs(5));
    host.children().start(service, &Mandate::new(environment.clone(), Fence::new(1))).await?;

    let attempt = AttemptId::new(&RunId::new("run_0a")?, "migrate", 1);
    let deadline = Deadline::after(&*system, Duration::from_secs(60));
    let cx = OpCx::new(system, environment.clone(), OpId::new("attempt"), Fence::new(1), deadline);
    let argv = vec![program, "wait".to_owned()];
    host.runner().start(&AttemptSpec::new(attempt, environment, "migrate", argv), &cx).await?;

    println!("holding");
    std::future::pending::<()>().await;
    Ok(())
}

#[cfg(not(unix))]
fn main() {}
