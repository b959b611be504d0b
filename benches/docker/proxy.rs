//! A request through the ingress beside the same request without it.

use std::time::Duration;

use crate::Failure;
use crate::args::Args;
use crate::load;
use crate::role::Role;
use crate::saturation::Saturation;
use crate::side_by_side::bounds::Target;
use crate::side_by_side::report;
use crate::side_by_side::rounds::rounds;
use crate::side_by_side::sample::Sample;

/// Requests a second where nothing is saturated.
const RATE: u32 = 1_000;

pub(crate) async fn measure(args: &Args) -> Result<(), Failure> {
    let service = Role::Service.start().await?;
    let ingress = Role::Ingress(service.port).start().await?;
    let ports = [service.port, ingress.port];
    let (pairs, lasting) = (args.pairs(10), Duration::from_secs(if args.smoke { 1 } else { 3 }));

    let tool = Saturation::best().await;
    report::title(&format!("ingress at saturation ({})", tool.name()));
    let times = rounds(pairs, 2, async |side| tool.per_request(ports[side], lasting).await).await?;
    let [direct, through] = two(times);
    report::note("direct", &per_second(&direct));
    report::note("through the ingress", &per_second(&through));
    report::ratio("of direct", &direct.over(&through), Target::AtLeast(0.45));

    report::title(&format!("ingress at {RATE} requests/s, p99"));
    let times = rounds(pairs, 2, async |side| load::p99(ports[side], RATE, lasting).await).await?;
    let [direct, through] = two(times);
    report::side("direct", &direct);
    report::side("through the ingress", &through);
    report::ratio("times direct", &through.over(&direct), Target::AtMost(1.3));
    Ok(())
}

fn two(times: Vec<Vec<Duration>>) -> [Sample; 2] {
    let mut times = times.into_iter().map(Sample::new);
    [times.next().unwrap_or_default(), times.next().unwrap_or_default()]
}

fn per_second(sample: &Sample) -> String {
    let rate = |time: Duration| 1.0 / time.as_secs_f64();
    format!("best {:.0} requests/s, median {:.0}", rate(sample.min()), rate(sample.median()))
}
