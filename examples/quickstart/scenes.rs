//! The scenes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use eve::event::{RunEvent, RunOutcome};
use eve::{
    Cancel, Embedded, EmbeddedConfig, EnvName, EnvironmentId, Error, Evidence, HealthStatus, LedgerResult, OrgName,
    Result, RunHandle, RunReport, Secret, SecretName, SecretScope, StreamId, codes,
};
use serde_json::json;
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};

use crate::ground::Ground;
use crate::handed_over;
use crate::load::{self, Load, Tally};
use crate::own_image;
use crate::project::{Copy, ENVIRONMENT};
use crate::show::Show;
use crate::summary::Summary;

/// Requests a second.
const RATE: u32 = 200;

/// Plays all scenes and tears everything down.
pub(crate) async fn play(json: bool, ground: Ground) -> ExitCode {
    let begun = Instant::now();
    let mut show = Show::new(json);
    let mut summary = Summary { outcome: "failed", ..Summary::default() };
    match all(&mut show, &mut summary, ground).await {
        Ok(()) if summary.lost == 0 && summary.leftovers == 0 => summary.outcome = "ok",
        Ok(()) => {}
        Err(error) => {
            let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
            show.say(&format!("{}: {}{hint}", error.code(), error.chain()), &json!({"code": error.code()}));
        }
    }
    summary.elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    show.summary(&summary);
    if summary.outcome == "ok" { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn all(show: &mut Show, summary: &mut Summary, ground: Ground) -> Result<()> {
    let dir =
        TempDir::new().map_err(|e| Error::unavailable(codes::BACKEND_IO, "no temporary folder").with_source(e))?;
    let eve = Embedded::open(config(dir.path(), ground)?).await?;
    let stage = Stage::set(&eve, dir.path(), ground).await?;
    let played = tokio::select! {
        played = stage.play(show, summary) => played,
        // What runs is cancelled by the teardown, and nothing stays behind.
        asked = asked_to_stop() => asked.and(Err(Cancel::error())),
    };
    for run in eve.engine().active_runs() {
        run.cancel();
        run.wait().await?;
    }
    let ended = stage.tear_down(show, summary).await;
    eve.shutdown().await;
    played.and(ended)
}

/// Waits for Ctrl-C, a polite kill, or a terminal that goes away.
async fn asked_to_stop() -> Result<()> {
    let of = |kind| {
        signal(kind).map_err(|e| Error::unavailable(codes::BACKEND_IO, "signals cannot be caught").with_source(e))
    };
    let [mut interrupt, mut terminate, mut hangup] =
        [of(SignalKind::interrupt())?, of(SignalKind::terminate())?, of(SignalKind::hangup())?];
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}

/// How every engine of the play is opened: its state and its project are below `dir`.
pub(crate) fn config(dir: &Path, ground: Ground) -> Result<EmbeddedConfig> {
    let me = program()?;
    let here = me.parent().unwrap_or(&me);
    Ok(ground.config(EmbeddedConfig::new(dir.join("state")).with_purpose("quickstart").with_path_dir(here)))
}

/// This very program.
pub(crate) fn program() -> Result<PathBuf> {
    std::env::current_exe()
        .map_err(|e| Error::unavailable(codes::BACKEND_IO, "this program has no path").with_source(e))
}

/// Where the scenes are played.
pub(crate) struct Stage<'a> {
    pub(crate) eve: &'a Embedded,
    pub(crate) dir: &'a Path,
    pub(crate) ground: Ground,
    pub(crate) project: Copy,
    env: EnvName,
    pub(crate) id: EnvironmentId,
    /// Where the ingress listens.
    ingress: String,
    /// The host under which `web` is reached through it.
    host: String,
}

impl<'a> Stage<'a> {
    async fn set(eve: &'a Embedded, dir: &'a Path, ground: Ground) -> Result<Self> {
        let project = Copy::below(dir, ground)?;
        let env = EnvName::new(ENVIRONMENT)?;
        let request = project.request(&env)?;
        let id = request.environment();
        let port = eve.ingress_port().await?;
        let host = format!("web.{}-{}-{}.lvh.me:{port}", id.org, id.project, id.env);
        Ok(Self { eve, dir, ground, project, env, id, ingress: format!("127.0.0.1:{port}"), host })
    }

    async fn play(&self, show: &mut Show, summary: &mut Summary) -> Result<()> {
        let org = SecretScope::Org(OrgName::new("acme")?);
        self.eve.secrets().put(&org, &SecretName::new("API_TOKEN")?, Secret::new("s3cr3t-of-the-example")).await?;
        match self.ground {
            Ground::Process => {}
            Ground::Docker => {
                self.project.write_images(&own_image::build(self.eve, self.dir, "quickstart").await?)?;
            }
            // Its manifest names it.
            Ground::K8s => drop(handed_over::hand_over(self.dir, "quickstart")?),
        }
        self.first(show, summary).await?;
        self.again(show, summary).await?;
        self.under_load(show, summary).await?;
        self.broken(show, summary).await?;
        self.back(show, summary).await?;
        self.killed(show, summary).await
    }

    /// 1. A first deploy, to ready and reachable.
    async fn first(&self, show: &mut Show, summary: &mut Summary) -> Result<()> {
        show.scene("release 1 is deployed");
        self.deploy(show).await?.into_result()?;
        summary.deploys += 1;
        let health = self.eve.engine().health(&self.id).await?;
        expect(health.status == HealthStatus::Ready, format!("the health is {}, not ready", health.status))?;
        let answer = load::get(&self.ingress, &self.host, "/").await;
        let answer = answer
            .map_err(|e| Error::failed(codes::ROUTE_UNCONFIRMED, "the address does not answer").with_source(e))?;
        expect(
            answer.status.is_success() && answer.release == "1",
            format!("it answers {}: {}", answer.status, answer.body),
        )?;
        let url = format!("http://{}", self.host);
        show.say(
            &format!("health {}, {url} answers \"{}\"", health.status, answer.body),
            &json!({"url": url, "body": answer.body}),
        );
        Ok(())
    }

    /// 2. The same again: nothing changes.
    async fn again(&self, show: &mut Show, summary: &mut Summary) -> Result<()> {
        show.scene("the same is deployed again");
        let journal = self.eve.engine().journal();
        let before = journal.streams("").await?;
        let report = self.deploy(show).await?.into_result()?;
        summary.deploys += 1;
        let own = StreamId::run(&self.id, &report.run);
        let grown: Vec<_> =
            journal.streams("").await?.into_iter().filter(|s| !before.contains(s)).map(|s| s.0).collect();
        let intents = self.intents(&own).await?;
        expect(report.outcome.is_unchanged() && intents == 0, format!("{intents} operations were begun"))?;
        expect(grown == [own], format!("the journal grew elsewhere too: {grown:?}"))?;
        summary.unchanged += 1;
        show.say(
            "nothing changed: 0 operations, and the journal has the run's own record",
            &json!({"operations": intents}),
        );
        Ok(())
    }

    /// 3. Release 2, under load.
    async fn under_load(&self, show: &mut Show, summary: &mut Summary) -> Result<()> {
        show.scene("release 2 is deployed under load");
        self.project.write_release("2", "2")?;
        let load = self.load();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let report = self.deploy(show).await?.into_result()?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let tally = load.stop().await;
        summary.deploys += 1;
        summary.add(&tally);
        tell(show, &tally);
        if let RunOutcome::Succeeded { drained, .. } = &report.outcome {
            for (what, numbers) in drained {
                let n = |number: Option<u64>| number.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
                let text = format!(
                    "{what}: served {}, drained {}, cut {}",
                    n(numbers.served),
                    n(numbers.drained),
                    n(numbers.cut)
                );
                show.say(&text, &json!(numbers));
            }
        }
        expect(tally.lost == 0, format!("{} requests were lost: {:?}", tally.lost, tally.causes))?;
        expect(tally.releases.contains_key("1") && tally.releases.contains_key("2"), "traffic did not move".to_owned())
    }

    /// 4. Release 3, whose api crashes.
    async fn broken(&self, show: &mut Show, summary: &mut Summary) -> Result<()> {
        show.scene("release 3, whose api crashes at its start, is deployed");
        self.project.write_release("3 crash", "3")?;
        let load = self.load();
        let begun = Instant::now();
        let report = self.deploy(show).await?;
        let took = begun.elapsed();
        let tally = load.stop().await;
        summary.add(&tally);
        let RunOutcome::Failed { fault, undo } = &report.outcome else {
            return Err(Error::failed(codes::INTERNAL_INVARIANT, format!("it ended with {:?}", report.outcome)));
        };
        let finding = fault
            .finding
            .as_ref()
            .ok_or_else(|| Error::failed(codes::INTERNAL_INVARIANT, format!("no finding ended it: {fault}")))?;
        let exit = finding.exit().map_or_else(|| "no exit".to_owned(), |exit| exit.to_string());
        let text = format!("stopped after {} ms by {finding} ({exit}); undo {undo:?}", took.as_millis());
        show.say(&text, &json!({"code": finding.code, "exit": finding.exit(), "evidence": finding.evidence}));
        for evidence in &finding.evidence {
            if let Evidence::LogTail { source, lines } = evidence {
                for line in lines {
                    show.say(&format!("  {source} | {line}"), &json!(null));
                }
            }
        }
        tell(show, &tally);
        expect(finding.exit() == Some(eve::Exit::Code(7)), format!("the exit is {exit}, not 7"))?;
        let has_log =
            finding.evidence.iter().any(|e| matches!(e, Evidence::LogTail { lines, .. } if !lines.is_empty()));
        expect(has_log, "the finding has no log lines".to_owned())?;
        expect(tally.releases.keys().eq(["2"]), format!("traffic left release 2: {:?}", tally.releases))?;
        let ledger = self.eve.engine().ledger(&self.id).await?;
        let line = ledger.lines.last();
        let failed = line.is_some_and(|line| matches!(line.result, LedgerResult::Failed { .. }));
        expect(
            failed && ledger.current().is_some_and(|bound| bound.version == 2),
            "the ledger does not say so".to_owned(),
        )?;
        show.say("the ledger says: release 3 failed, release 2 is current", &json!({"current": 2}));
        Ok(())
    }

    /// 5. Back to release 1, without a build.
    async fn back(&self, show: &mut Show, summary: &mut Summary) -> Result<()> {
        show.scene("rollback to release 1");
        let load = self.load();
        let run = self.eve.engine().rollback(&self.id, None, "quickstart").await?;
        let report = self.end_of(show, &run).await?.into_result()?;
        let tally = load.stop().await;
        summary.add(&tally);
        summary.rolled_back += 1;
        let answer = load::get(&self.ingress, &self.host, "/").await;
        let answer = answer
            .map_err(|e| Error::failed(codes::ROUTE_UNCONFIRMED, "the address does not answer").with_source(e))?;
        expect(answer.release == "1", format!("it answers as release {}", answer.release))?;
        let runs = self.eve.engine().runs(&self.id).await?;
        let built = runs.iter().find(|record| record.id == report.run).map_or(0, |record| record.artifacts.len());
        expect(built == 0, format!("{built} services were built"))?;
        tell(show, &tally);
        show.say(&format!("answers \"{}\", nothing was built", answer.body), &json!({"built": built}));
        Ok(())
    }

    async fn tear_down(&self, show: &mut Show, summary: &mut Summary) -> Result<()> {
        let run = self.eve.engine().delete(&self.id, "quickstart").await?;
        let ended = self.end_of(show, &run).await?.into_result();
        let left = self.eve.engine().leftovers(&self.id).await?;
        summary.leftovers = left.count() as u64;
        show.say(&format!("torn down, {} objects are left", left.count()), &json!({"leftovers": left.count()}));
        ended.map(drop)
    }

    async fn deploy(&self, show: &Show) -> Result<RunReport> {
        let run = self.eve.engine().deploy(self.project.request(&self.env)?).await?;
        self.end_of(show, &run).await
    }

    async fn end_of(&self, show: &Show, run: &RunHandle) -> Result<RunReport> {
        show.follow(run).await;
        run.wait().await
    }

    pub(crate) fn load(&self) -> Load {
        Load::start(self.ingress.clone(), self.host.clone(), RATE, &["/slow"])
    }

    /// How many operations a run meant to begin: each is journaled before it is begun.
    async fn intents(&self, stream: &StreamId) -> Result<usize> {
        use eve::event::Event as _;
        let mut count = 0;
        for entry in self.eve.engine().journal().read(stream, 0, 10_000).await? {
            if let RunEvent::Intended { operations } = RunEvent::read(&entry)? {
                count += operations.len();
            }
        }
        Ok(count)
    }
}

pub(crate) fn tell(show: &Show, tally: &Tally) {
    let gap = tally.longest_gap.as_millis();
    let by: Vec<_> = tally.releases.iter().map(|(release, n)| format!("release {release}: {n}")).collect();
    let text = format!(
        "{} sent, {} served ({}), {} lost, longest gap {gap} ms",
        tally.sent,
        tally.served,
        by.join(", "),
        tally.lost
    );
    let figures = json!({
        "sent": tally.sent, "served": tally.served, "lost": tally.lost, "releases": tally.releases,
        "longest_gap_ms": u64::try_from(gap).unwrap_or(u64::MAX), "causes": tally.causes,
    });
    show.say(&text, &figures);
}

/// A scene goes on only if what it shows is true.
pub(crate) fn expect(is_true: bool, otherwise: String) -> Result<()> {
    if is_true { Ok(()) } else { Err(Error::failed(codes::INTERNAL_INVARIANT, otherwise)) }
}
