//! Services that come up cold, and go down.

use std::time::Duration;

use crate::Failure;
use crate::args::Args;
use crate::bounds::{Bounds, Target};
use crate::ground::Ground;
use crate::raw_up::raw_up;
use crate::report;
use crate::rounds::rounds;
use crate::sample::Sample;

/// How many containers an ideal client makes and starts at once.
const WIDTHS: [usize; 3] = [2, 4, 8];

pub(crate) async fn measure(args: &Args, ground: &Ground, services: usize) -> Result<(), Failure> {
    let file = Ground::input(&services.to_string());
    let (deploy, delete) = (ground.eve.deploy(&file), ground.eve.delete(&file));
    let peer = ground.compose.as_ref().map(|compose| (compose.up(&file, &[]), compose.down(&file)));
    report::title(&format!("{services} services cold, and down"));
    for program in [Some(&deploy), Some(&delete), peer.as_ref().map(|p| &p.0), peer.as_ref().map(|p| &p.1)] {
        program.iter().for_each(|program| report::note("$", &program.to_string()));
    }
    let own = if services > 10 { 4 } else { 7 };
    // Eve, the floor, the widths, and the peer where there is one.
    let sides = 2 + WIDTHS.len() + usize::from(peer.is_some());
    let times = rounds(args.pairs(own), sides, async |side| match (side, &peer) {
        (0, _) => {
            let up = deploy.time().await?;
            ground.expect_eve(services).await?;
            Ok((up, delete.time().await?))
        }
        (1, _) => Ok((ground.engine.probe().await?, Duration::ZERO)),
        (5, Some((up, down))) => {
            let up = up.time().await?;
            ground.expect_compose(services).await?;
            Ok((up, down.time().await?))
        }
        (raw, _) => raw_up(&ground.engine, services, WIDTHS[raw - 2]).await,
    })
    .await?;
    let samples: Vec<_> = times.into_iter().map(split).collect();
    let (up, down) = &samples[0];
    report::side("up: eve env deploy", up);
    if let Some((compose, _)) = samples.get(5) {
        report::side("up: compose up -d", compose);
    }
    for (width, (raw, _)) in WIDTHS.iter().zip(&samples[2..]) {
        report::side(&format!("up: raw API, {width} at once"), raw);
    }
    report::side("down: eve env delete", down);
    if let Some((_, compose)) = samples.get(5) {
        report::side("down: compose down", compose);
    }
    for (width, (_, raw)) in WIDTHS.iter().zip(&samples[2..]) {
        report::side(&format!("down: raw API, {width} at once"), raw);
    }
    if let Some((compose_up, compose_down)) = samples.get(5) {
        report::ratio("up: compose / eve", &compose_up.over(up), Target::AtLeast(1.0));
        report::ratio("down: compose / eve", &compose_down.over(down), Target::AtLeast(1.5));
    }
    let raw = &samples[2..5];
    if let Some((best, _)) = raw.iter().min_by_key(|(up, _)| up.median()) {
        report::ratio("up: eve / best raw width", &up.over(best), Target::AtMost(1.1));
    }
    if let (Some((_, best)), Some((_, compose))) = (raw.iter().min_by_key(|(_, down)| down.median()), samples.get(5)) {
        report::note("down: compose / best raw width", &told(&compose.over(best)));
    }
    report::side("floor: one create and start", &samples[1].0);
    Ok(())
}

/// A ratio that has no target.
fn told(values: &[f64]) -> String {
    Bounds::of(values).map_or_else(String::new, |bounds| format!("{bounds}   the most that any client could reach"))
}

fn split(times: Vec<(Duration, Duration)>) -> (Sample, Sample) {
    let (up, down) = times.into_iter().unzip();
    (Sample::new(up), Sample::new(down))
}
