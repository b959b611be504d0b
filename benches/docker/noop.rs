//! A deploy of what runs already.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Failure;
use crate::args::Args;
use crate::bounds::Target;
use crate::ground::Ground;
use crate::program::Program;
use crate::recorder::{Call, Recorder};
use crate::report;
use crate::rounds::rounds;
use crate::sample::Sample;

/// As many reads as a deploy may need to see that nothing is to be done.
const READS: usize = 3;

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
    let mut sides = vec![("eve env deploy", deploy.clone())];
    let list = list(ground, &calls);
    let curl = Program::new("curl").with(["--version"]).output().await.is_ok();
    match list {
        Some(list) if curl => sides.push(("floor: curl of the same list", list)),
        _ => report::note("floor", "there is no curl, or no list to ask for: left out"),
    }
    if let Some(compose) = &ground.compose {
        sides.push(("compose up -d", compose.up(&file, &[])));
        sides.push(("compose up -d --wait", compose.up(&file, &["--wait"])));
    }
    for (_, program) in &sides {
        report::note("$", &program.to_string());
    }
    let times = rounds(args.pairs(10), sides.len(), async |side| sides[side].1.time().await).await?;
    let samples: Vec<_> = times.into_iter().map(Sample::new).collect();
    for ((name, _), sample) in sides.iter().zip(&samples) {
        report::side(name, sample);
    }
    for ((name, _), sample) in sides.iter().zip(&samples) {
        match *name {
            "compose up -d" => report::ratio("compose / eve", &sample.over(&samples[0]), Target::AtLeast(3.0)),
            "compose up -d --wait" => {
                report::ratio("compose --wait / eve", &sample.over(&samples[0]), Target::AtLeast(40.0));
            }
            "eve env deploy" => {}
            _ => report::ratio("eve / floor", &samples[0].over(sample), Target::AtMost(1.5)),
        }
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
        *counted.entry(format!("{} {}", call.method, call.path)).or_default() += 1;
    }
    for (call, count) in counted {
        report::note(&format!("{count} of"), &call);
    }
}
