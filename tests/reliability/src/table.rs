//! Every point of every scenario.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _};
use tokio::sync::Semaphore;

use crate::pass::Clean;
use crate::say;
use crate::{Ground, Pass, Point, Scenario, Score, Setting, Verdict};

/// Which points are tried.
#[derive(Debug)]
pub struct Table {
    scenarios: Vec<Scenario>,
    passes: Vec<Pass>,
    point: Option<Point>,
    operations: bool,
    most: Option<usize>,
    width: Option<usize>,
    ground: Ground,
    program: Option<PathBuf>,
}

/// How many points that end differently an error tells of.
const SHOWN: usize = 3;

/// A scenario in a pass.
type Row = (Scenario, Pass);

impl Table {
    /// All points, for services that run on a ground.
    pub fn new(ground: Ground) -> Self {
        let (scenarios, passes) = (Scenario::all().to_vec(), Pass::all().to_vec());
        Self { scenarios, passes, point: None, operations: false, most: None, width: None, ground, program: None }
    }

    /// Only those of some scenarios.
    pub fn with_scenarios(self, scenarios: &[Scenario]) -> Self {
        Self { scenarios: scenarios.to_vec(), ..self }
    }

    /// Only those of some passes.
    pub fn with_passes(self, passes: &[Pass]) -> Self {
        Self { passes: passes.to_vec(), ..self }
    }

    /// Only those of one name, if there is one.
    pub fn with_point(self, point: Option<Point>) -> Self {
        Self { point, ..self }
    }

    /// Only those of operations, if that is asked for, and none of the journal's.
    pub fn at_operations(self, operations: bool) -> Self {
        Self { operations, ..self }
    }

    /// At most so many of them, evenly spread: the same ones each time. All of them at none.
    pub fn at_most(self, most: Option<usize>) -> Self {
        Self { most, ..self }
    }

    /// So many trials side by side, or as many as fit.
    pub fn with_width(self, width: Option<usize>) -> Self {
        Self { width, ..self }
    }

    /// Lets another program than this one play the parts.
    pub fn with_program(mut self, program: &Path) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// Tries the points and prints the table, or as much of it as there is when somebody interrupts it.
    ///
    /// # Errors
    /// If a clean run does not do what its scenario says, if anything differs after any point, or if
    /// too many points are out of reach.
    pub fn print(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let began = Instant::now();
        let tally = RefCell::<Tally>::default();
        let ended = runtime.block_on(async {
            tokio::select! {
                ended = self.score(&tally) => ended,
                // What trials started goes with them.
                _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
            }
        });
        let mut all = Score::default();
        say!(
            "{:<18} {:<12} {:>7} {:>7} {:>10} {:>12} {:>9} {:>9}",
            "scenario",
            "pass",
            "points",
            "killed",
            "unreached",
            "differences",
            "requests",
            "seconds"
        );
        let Tally { scores, different } = tally.into_inner();
        for ((scenario, pass), score) in &scores {
            all.add(score);
            say!(
                "{:<18} {:<12} {:>7} {:>7} {:>10} {:>12} {:>9} {:>9.1}",
                scenario.name(),
                pass.name(),
                score.points,
                score.killed,
                score.unreached,
                score.differences,
                score.requests,
                score.seconds
            );
        }
        let Score { points, killed, unreached, differences, requests, again, .. } = all;
        let percent = (killed * 100).checked_div(points).unwrap_or_default();
        say!("{:.0} s, {unreached} unreached, {again} trials made once more", began.elapsed().as_secs_f64());
        say!("points {points} ({percent} %), differences {differences}, requests {requests}");
        ended?;
        if differences > 0 {
            let shown = different.iter().take(SHOWN).fold(String::new(), |text, one| format!("{text}\n{one}"));
            return Err(format!("{differences} of {points} points end differently{shown}").into());
        }
        if points == 0 || unreached * 100 > points * self.ground.moved() {
            return Err(format!("{unreached} of {points} points were not reached").into());
        }
        Ok(())
    }

    async fn score(&self, tally: &RefCell<Tally>) -> Result<(), Box<dyn Error + Send + Sync>> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => std::env::current_exe()?,
        };
        // Short: the names of sockets are below it.
        let root = tempfile::Builder::new().prefix("trial").tempdir()?;
        let setting = Setting::make(self.ground, &program, root.path()).await?;
        let width = self.width.unwrap_or_else(|| std::thread::available_parallelism().map_or(4, |n| n.get() * 2));
        let cleans = self.cleans(root.path(), &setting, width).await?;
        let points: Vec<(Row, &Clean, Point)> =
            cleans.iter().flat_map(|(row, clean)| self.points(*row, clean)).collect();
        let points = self.sample(points);
        let permits = Semaphore::new(width);
        let total = points.len();
        let trials = stream::iter(points.into_iter().enumerate()).map(async |(number, (row, clean, point))| {
            let (scenario, pass) = row;
            let dir = root.path().join(number.to_string());
            let verdict = pass.judge(scenario, clean, &point, number, (&dir, &setting), &permits).await;
            tally.borrow_mut().count(row, &verdict);
        });
        // Most of a trial is waiting for its supervisor to see that it is not needed any more.
        let trials = trials.buffer_unordered(width * 6).for_each(async |()| {});
        tokio::select! {
            () = trials => {}
            () = progress(tally, total) => {}
        }
        Ok(())
    }

    fn points<'a>(&self, row: Row, clean: &'a Clean) -> Vec<(Row, &'a Clean, Point)> {
        let wanted = |point: &Point| {
            self.point.as_ref().is_none_or(|only| only == point) && (!self.operations || point.place.is_operation())
        };
        row.1.points(clean, self.ground).into_iter().filter(wanted).map(|point| (row, clean, point)).collect()
    }

    fn sample<T>(&self, all: Vec<T>) -> Vec<T> {
        let total = all.len();
        let most = self.most.unwrap_or(total);
        let is_chosen = |number: usize| (number + 1) * most / total > number * most / total;
        all.into_iter()
            .enumerate()
            .filter(|(number, _)| most >= total || is_chosen(*number))
            .map(|(_, one)| one)
            .collect()
    }

    async fn cleans(
        &self,
        root: &Path,
        setting: &Setting,
        width: usize,
    ) -> Result<Vec<(Row, Clean)>, Box<dyn Error + Send + Sync>> {
        let rows = self.scenarios.iter().flat_map(|scenario| self.passes.iter().map(|pass| (*scenario, *pass)));
        let runs = stream::iter(rows.enumerate()).map(async |(number, (scenario, pass))| {
            let dir = root.join(format!("c{number}"));
            let clean = pass.clean(scenario, &dir, setting).await;
            clean.map(|clean| ((scenario, pass), clean)).map_err(|error| format!("clean {}: {error}", scenario.name()))
        });
        let mut cleans = Vec::new();
        for clean in runs.buffered(width).collect::<Vec<_>>().await {
            cleans.push(clean?);
        }
        Ok(cleans)
    }
}

/// What was found so far.
#[derive(Default)]
struct Tally {
    scores: BTreeMap<Row, Score>,
    /// What differs after each point after which something does.
    different: Vec<String>,
}

impl Tally {
    /// Takes in a verdict. What differs is said at once, with everything that tells why.
    fn count(&mut self, row: Row, verdict: &Verdict) {
        self.scores.entry(row).or_default().count(verdict);
        let (scenario, pass) = row;
        let point = format!("{} {}: {}", scenario.name(), pass.name(), verdict.point);
        if !verdict.killed {
            say!("UNREACHED {point}");
        }
        if verdict.differences.is_empty() {
            return;
        }
        let mut lines = vec![format!("DIFFERENT {point}")];
        lines.extend(verdict.stranger.iter().map(|stranger| format!("  a stranger {stranger}")));
        lines.extend(verdict.differences.iter().map(|difference| format!("  {difference}")));
        let text = lines.join("\n");
        say!("{text}");
        for line in &verdict.journal {
            say!("    {line}");
        }
        self.different.push(text);
    }
}

async fn progress(tally: &RefCell<Tally>, total: usize) {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let mut all = Score::default();
        tally.borrow().scores.values().for_each(|score| all.add(score));
        eprintln!("{} of {total} points, {} unreached, {} differences", all.points, all.unreached, all.differences);
    }
}
