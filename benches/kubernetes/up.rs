//! Twenty services, from nothing to known to be ready.

use std::time::{Duration, Instant};

use crate::args::Args;
use crate::calls;
use crate::ground::{Ground, SERVICES};
use crate::observer;
use crate::recorder::Recorder;
use crate::side_by_side::bounds::Target;
use crate::side_by_side::rounds::rounds;
use crate::side_by_side::sample::Sample;
use crate::side_by_side::{Failure, report};

/// Who takes a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Eve,
    Helm,
    Kubectl,
}

/// How long one side took, and how much of that was after somebody who only watches had seen everything ready.
#[derive(Debug, Clone, Copy)]
struct Took {
    whole: Duration,
    seen: Duration,
    late: Duration,
    /// How much later than that somebody it had seen so itself. Eve leads requests there after that, and asks through
    /// every Service before it says that all is ready.
    detected: Duration,
}

pub(crate) async fn measure(args: &Args, ground: &Ground) -> Result<(), Failure> {
    report::title(&format!("{SERVICES} services, from nothing to known to be ready, whole processes"));
    record(ground).await?;
    let mut sides = vec![Side::Eve];
    sides.extend(ground.helm.as_ref().map(|_| Side::Helm));
    sides.extend(ground.kubectl.as_ref().map(|_| Side::Kubectl));
    let times = rounds(args.pairs(6), sides.len(), async |turn| once(ground, sides[turn]).await).await?;
    let of = |side: Side, part: fn(&Took) -> Duration| {
        let at = sides.iter().position(|one| *one == side)?;
        Some(Sample::new(times[at].iter().map(part).collect()))
    };
    for (side, name) in [
        (Side::Eve, "eve env deploy"),
        (Side::Helm, "helm install --wait"),
        (Side::Kubectl, "kubectl apply, rollout status"),
    ] {
        let (Some(whole), Some(seen)) = (of(side, |took| took.whole), of(side, |took| took.seen)) else { continue };
        report::side(name, &whole);
        report::side("  all ready, for a mere watcher", &seen);
        if let Some(late) = of(side, |took| took.late) {
            report::side("  its end after that", &late);
        }
    }
    let Some(eve) = of(Side::Eve, |took| took.whole) else { return Ok(()) };
    if let Some(helm) = of(Side::Helm, |took| took.whole) {
        report::ratio("helm / eve", &helm.over(&eve), Target::AtLeast(1.8));
    }
    if let Some(kubectl) = of(Side::Kubectl, |took| took.whole) {
        report::ratio("eve / kubectl", &eve.over(&kubectl), Target::AtMost(1.0));
    }
    if let Some(detected) = of(Side::Eve, |took| took.detected) {
        report::side("  eve sees all ready after that", &detected);
        report::ratio("eve sees it after a watcher, in 100 ms", &in_tenths(&detected), Target::AtMost(1.0));
    }
    Ok(())
}

fn in_tenths(late: &Sample) -> Vec<f64> {
    late.over(&Sample::new(vec![Duration::from_millis(100); late.len()]))
}

async fn once(ground: &Ground, side: Side) -> Result<Took, Failure> {
    let (namespace, steps, undo) = match (side, &ground.helm, &ground.kubectl) {
        (Side::Helm, Some(helm), _) => (helm.namespace.clone(), vec![helm.install()], helm.uninstall()),
        (Side::Kubectl, _, Some(kubectl)) => {
            (kubectl.namespace.clone(), vec![kubectl.apply(), kubectl.rollout_status()], kubectl.delete())
        }
        _ => {
            let (deploy, delete) = (ground.eve.deploy(&ground.kubeconfig), ground.eve.delete(&ground.kubeconfig));
            (ground.eve.namespace(), vec![deploy], delete)
        }
    };
    let watching = tokio::spawn(observer::all_ready(ground.client.clone(), namespace.clone(), SERVICES));
    // The watch is there before anything happens.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let begin = Instant::now();
    let mut saw = begin;
    for step in steps {
        saw = step.last_said("done      ready ").await?.unwrap_or_else(Instant::now);
    }
    let end = Instant::now();
    // A side that does less than it is asked for would look fast.
    let ready = watching.await??;
    undo.output().await?;
    ground.wait_for_no_pods(&namespace).await?;
    Ok(Took {
        whole: end.duration_since(begin),
        seen: ready.duration_since(begin),
        late: end.saturating_duration_since(ready),
        detected: saw.saturating_duration_since(ready),
    })
}

/// What a deploy asks of the cluster.
async fn record(ground: &Ground) -> Result<(), Failure> {
    let recorder = Recorder::start(ground.client.clone(), ground.dir.path()).await?;
    ground.eve.deploy(recorder.kubeconfig()).output().await?;
    // A Service has two managers: its ports are the runtime's, and where it leads is for routes to say.
    calls::told(&recorder.take(), 2);
    ground.eve.delete(&ground.kubeconfig).output().await?;
    ground.wait_for_no_pods(&ground.eve.namespace()).await
}
