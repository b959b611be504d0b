//! A deploy of what runs already.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Failure;
use crate::args::Args;
use crate::ground::Ground;
use crate::recorder::{Call, Recorder};
use crate::side_by_side::bounds::Target;
use crate::side_by_side::program::Program;
use crate::side_by_side::report;
use crate::side_by_side::rounds::rounds;
use crate::side_by_side::sample::Sample;

/// As many reads as a deploy may need to see that nothing is to be done.
const READS: usize = 3;

/// What takes a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Nothing of Eve's runs: its supervisor, which holds nothing here, has ended.
    Eve,
    /// Right after another one, while the supervisor of that one is still there.
    EveSoon,
    /// The one list that says that nothing is to be done.
    Floor,
    Compose,
    /// Compose as Eve does it: the services are seen to be ready.
    ComposeWait,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Eve => "eve env deploy",
            Self::EveSoon => "eve env deploy, soon after another",
            Self::Floor => "floor: curl of the same list",
            Self::Compose => "compose up -d",
            Self::ComposeWait => "compose up -d --wait",
        }
    }
}

pub(crate) async fn measure(args: &Args, ground: &Ground, services: usize) -> Result<(), Failure> {
    let file = Ground::input(&services.to_string());
    report::title(&format!("re-apply of {services} unchanged services, whole processes"));
    let deploy = ground.eve.deploy(&file);
    deploy.time().await?;
    ground.expect_eve(services).await?;
    if let Some(compose) = &ground.compose {
        compose.up(&file, &[]).time().await?;
        ground.expect_compose(services).await?;
    }
    let calls = record(ground, &file).await?;
    let mut sides = vec![(Side::Eve, deploy.clone()), (Side::EveSoon, deploy)];
    let list = list(ground, &calls);
    let curl = Program::new("curl").with(["--version"]).output().await.is_ok();
    match list {
        Some(list) if curl => sides.push((Side::Floor, list)),
        _ => report::note("floor", "there is no curl, or no list to ask for: left out"),
    }
    if let Some(compose) = &ground.compose {
        sides.push((Side::Compose, compose.up(&file, &[])));
        sides.push((Side::ComposeWait, compose.up(&file, &["--wait"])));
    }
    for (_, program) in &sides[1..] {
        report::note("$", &program.to_string());
    }
    let times = rounds(args.pairs(10), sides.len(), async |turn| {
        let (side, program) = &sides[turn];
        match side {
            Side::Eve => eve::supervisor::end(ground.eve.state()).await?,
            Side::EveSoon => drop(program.time().await?),
            Side::Floor | Side::Compose | Side::ComposeWait => {}
        }
        program.time().await
    })
    .await?;
    let samples: Vec<_> = times.into_iter().map(Sample::new).collect();
    for ((side, _), sample) in sides.iter().zip(&samples) {
        report::side(side.name(), sample);
    }
    let (eve, soon) = (&samples[0], &samples[1]);
    for ((side, _), sample) in sides.iter().zip(&samples) {
        let target = match side {
            Side::Eve | Side::EveSoon => continue,
            Side::Floor => {
                report::ratio("eve / floor", &eve.over(sample), Target::AtMost(1.5));
                report::ratio("eve, soon / floor", &soon.over(sample), Target::AtMost(1.5));
                continue;
            }
            Side::Compose => Target::AtLeast(3.0),
            Side::ComposeWait => Target::AtLeast(40.0),
        };
        report::ratio(&format!("{} / eve", side.name()), &sample.over(eve), target);
        report::ratio(&format!("{} / eve, soon", side.name()), &sample.over(soon), target);
    }
    told(&calls);
    report::side("floor: one create and start", &Sample::new(vec![ground.engine.probe().await?]));
    if let Some(compose) = &ground.compose {
        compose.down(&file).time().await?;
    }
    ground.eve.delete(&file).time().await.map(drop)
}

/// What Eve asks the engine when nothing is to be done.
async fn record(ground: &Ground, file: &Path) -> Result<Vec<Call>, Failure> {
    let recorder = Recorder::start(&ground.engine, ground.dir.path())?;
    let answer = ground.eve.deploy_by(file, &recorder.host()).output().await?;
    if answer.contains("\"unchanged\":true") {
        return Ok(recorder.stop());
    }
    Err(format!("a deploy of what runs already changed something: {answer}").into())
}

/// The same list of containers that Eve asks for, asked for by curl.
fn list(ground: &Ground, calls: &[Call]) -> Option<Program> {
    let call = calls.iter().find(|call| call.path.contains("/containers/json") && call.path.contains("eve.env"))?;
    let curl = Program::new("curl").with(["--silent", "--fail", "--globoff"]);
    match (ground.engine.socket(), ground.engine.address()) {
        (Some(socket), _) => Some(curl.with(["--unix-socket", socket, format!("http://docker{}", call.path).as_str()])),
        (_, Some(address)) => Some(curl.with([format!("http://{address}{}", call.path).as_str()])),
        _ => None,
    }
}

/// Counts the calls, and names each of them.
fn told(calls: &[Call]) {
    let reads = calls.iter().filter(|call| call.is_read()).count();
    report::count("reads of one eve env deploy", reads, READS);
    report::count("calls that change something", calls.len() - reads, 0);
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for call in calls {
        *counted.entry(call.to_string()).or_default() += 1;
    }
    for (call, count) in counted {
        report::note(&format!("{count} of"), &call);
    }
}
