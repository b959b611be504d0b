//! Four services, each waiting for the one before to be healthy, at the engine's default interval.

use crate::Failure;
use crate::args::Args;
use crate::ground::Ground;
use crate::side_by_side::bounds::Target;
use crate::side_by_side::report;
use crate::side_by_side::rounds::rounds;
use crate::side_by_side::sample::Sample;

const SERVICES: usize = 4;

pub(crate) async fn measure(args: &Args, ground: &Ground) -> Result<(), Failure> {
    let file = Ground::input("chain-4");
    let deploy = ground.eve.deploy(&file);
    let up = ground.compose.as_ref().map(|compose| (compose.up(&file, &[]), compose.down(&file)));
    report::title("chain of 4 healthy services, default interval");
    report::note("$", &deploy.to_string());
    if let Some((up, _)) = &up {
        report::note("$", &up.to_string());
    }
    let sides = if up.is_some() { 3 } else { 2 };
    let mut times = rounds(args.pairs(1), sides, async |side| match (side, &up) {
        (0, _) => ground.engine.probe().await,
        (2, Some((up, down))) => {
            let took = up.time().await?;
            ground.expect_compose(SERVICES).await?;
            down.time().await?;
            Ok(took)
        }
        _ => {
            let took = deploy.time().await?;
            ground.expect_eve(SERVICES).await?;
            ground.eve.delete(&file).time().await?;
            Ok(took)
        }
    })
    .await?
    .into_iter()
    .map(Sample::new);
    let (floor, eve) = (times.next().unwrap_or_default(), times.next().unwrap_or_default());
    report::side("eve env deploy", &eve);
    if let Some(compose) = times.next() {
        report::side("compose up -d", &compose);
        report::ratio("compose / eve", &compose.over(&eve), Target::AtLeast(60.0));
    }
    report::side("floor: one create and start", &floor);
    Ok(())
}
