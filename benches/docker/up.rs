//! Services that come up cold, and go down.

use std::time::Duration;

use crate::Failure;
use crate::args::Args;
use crate::ground::Ground;
use crate::raw_up::raw_up;
use crate::side_by_side::bounds::{Bounds, Target};
use crate::side_by_side::report;
use crate::side_by_side::rounds::rounds;
use crate::side_by_side::sample::Sample;

/// How many containers an ideal client makes and starts at once.
const WIDTHS: [usize; 3] = [2, 4, 8];

/// The places of the sides: ours, the floor, a width each, and the peer where there is one.
const EVE: usize = 0;
const FLOOR: usize = 1;
const RAW: usize = 2;
const PEER: usize = RAW + WIDTHS.len();

pub(crate) async fn measure(args: &Args, ground: &Ground, services: usize) -> Result<(), Failure> {
    let file = Ground::input(&services.to_string());
    let (deploy, delete) = (ground.eve.deploy(&file), ground.eve.delete(&file));
    let peer = ground.compose.as_ref().map(|compose| (compose.up(&file, &[]), compose.down(&file)));
    report::title(&format!("{services} services cold, and down"));
    let theirs = peer.iter().flat_map(|(up, down)| [up, down]);
    for program in [&deploy, &delete].into_iter().chain(theirs) {
        report::note("$", &program.to_string());
    }
    let own = if services > 10 { 4 } else { 7 };
    let sides = PEER + usize::from(peer.is_some());
    let times = rounds(args.pairs(own), sides, async |side| match (side, &peer) {
        (EVE, _) => {
            let up = deploy.time().await?;
            ground.expect_eve(services).await?;
            Ok((up, delete.time().await?))
        }
        (FLOOR, _) => Ok((ground.engine.probe().await?, Duration::ZERO)),
        (PEER, Some((up, down))) => {
            let up = up.time().await?;
            ground.expect_compose(services).await?;
            Ok((up, down.time().await?))
        }
        (raw, _) => raw_up(&ground.engine, services, WIDTHS[raw - RAW]).await,
    })
    .await?;
    let samples: Vec<_> = times.into_iter().map(split).collect();
    let (up, down) = &samples[EVE];
    report::side("up: eve env deploy", up);
    if let Some((compose, _)) = samples.get(PEER) {
        report::side("up: compose up -d", compose);
    }
    for (width, (raw, _)) in WIDTHS.iter().zip(&samples[RAW..PEER]) {
        report::side(&format!("up: raw API, {width} at once"), raw);
    }
    report::side("down: eve env delete", down);
    if let Some((_, compose)) = samples.get(PEER) {
        report::side("down: compose down", compose);
    }
    for (width, (_, raw)) in WIDTHS.iter().zip(&samples[RAW..PEER]) {
        report::side(&format!("down: raw API, {width} at once"), raw);
    }
    if let Some((compose_up, compose_down)) = samples.get(PEER) {
        report::ratio("up: compose / eve", &compose_up.over(up), Target::AtLeast(1.0));
        report::ratio("down: compose / eve", &compose_down.over(down), Target::AtLeast(1.5));
    }
    let raw = &samples[RAW..PEER];
    if let Some((best, _)) = raw.iter().min_by_key(|(up, _)| up.median()) {
        report::ratio("up: eve / best raw width", &up.over(best), Target::AtMost(1.1));
    }
    if let (Some((_, best)), Some((_, compose))) = (raw.iter().min_by_key(|(_, down)| down.median()), samples.get(PEER))
    {
        report::note("down: compose / best raw width", &told(&compose.over(best)));
    }
    report::side("floor: one create and start", &samples[FLOOR].0);
    Ok(())
}

/// A ratio that has no target.
fn told(values: &[f64]) -> String {
    Bounds::of(values).map_or_else(String::new, |bounds| format!("{bounds}   what the raw API allows"))
}

fn split(times: Vec<(Duration, Duration)>) -> (Sample, Sample) {
    let (up, down) = times.into_iter().unzip();
    (Sample::new(up), Sample::new(down))
}
