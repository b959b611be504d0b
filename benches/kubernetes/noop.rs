//! A deploy of what runs already.

use crate::args::Args;
use crate::calls;
use crate::ground::Ground;
use crate::recorder::Recorder;
use crate::side_by_side::bounds::Target;
use crate::side_by_side::rounds::rounds;
use crate::side_by_side::sample::Sample;
use crate::side_by_side::{Failure, report};

pub(crate) async fn measure(args: &Args, ground: &Ground) -> Result<(), Failure> {
    report::title("re-apply of what runs already, whole processes");
    let deploy = ground.eve.deploy(&ground.kubeconfig);
    deploy.output().await?;
    let recorder = Recorder::start(ground.client.clone(), ground.dir.path()).await?;
    ground.eve.deploy(recorder.kubeconfig()).output().await?;
    let calls = recorder.take();
    report::count("calls that change something", calls.iter().filter(|call| call.is_write()).count(), 0);
    calls::told(&calls, 0);
    let mut sides = vec![("eve env deploy", deploy)];
    if let Some(helm) = &ground.helm {
        helm.install().output().await?;
        sides.push(("helm upgrade", helm.upgrade()));
    }
    if let Some(kubectl) = &ground.kubectl {
        kubectl.apply_on_the_server().output().await?;
        sides.push(("kubectl apply --server-side", kubectl.apply_on_the_server()));
    }
    let times = rounds(args.pairs(12), sides.len(), async |turn| sides[turn].1.time().await).await?;
    let samples: Vec<_> = times.into_iter().map(Sample::new).collect();
    for ((name, _), sample) in sides.iter().zip(&samples) {
        report::side(name, sample);
    }
    for ((name, _), sample) in sides.iter().zip(&samples).skip(1) {
        let target = if name.starts_with("helm") { 10.0 } else { 1.0 };
        report::ratio(&format!("{name} / eve"), &sample.over(&samples[0]), Target::AtLeast(target));
    }
    if let Some(helm) = &ground.helm {
        helm.uninstall().output().await?;
    }
    if let Some(kubectl) = &ground.kubectl {
        kubectl.delete().output().await?;
    }
    Ok(())
}
