//! One pass over every point of a scenario.

use std::path::Path;
use std::pin::pin;
use std::time::Instant;

use clap::ValueEnum;
use eve::codes;
use tokio::sync::Semaphore;

use crate::trial::Ended;
use crate::{Ground, Load, Place, Point, Report, Request, Scenario, Setting, Shop, Tolerance, Trial};

/// How often a trial is made at most.
const TRIES: usize = 5;

/// What happens between an engine's death and the next engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Pass {
    /// Nothing.
    Undisturbed,
    /// A stranger removes or changes something.
    Stranger,
}

/// What a run that nobody disturbs comes to, and where it passes.
#[derive(Debug)]
pub(crate) struct Clean {
    pub(crate) places: Vec<Place>,
    pub(crate) report: Report,
}

/// What came of one point.
#[derive(Debug)]
pub struct Verdict {
    /// Where the engine was to die.
    pub point: Point,
    /// False if it never came there, and finished.
    pub killed: bool,
    /// What the stranger did, if there was one.
    pub stranger: Option<String>,
    /// What differs from the clean run.
    pub differences: Vec<String>,
    /// The journal, for whoever looks into a difference.
    pub journal: Vec<String>,
    /// How many requests were sent meanwhile.
    pub requests: usize,
    /// How often it was tried before that and did not count.
    pub again: usize,
    /// How long the engines were at it.
    pub seconds: f64,
}

impl Verdict {
    fn of(point: &Point) -> Self {
        Self {
            point: point.clone(),
            killed: false,
            stranger: None,
            differences: Vec::new(),
            journal: Vec::new(),
            requests: 0,
            again: 0,
            seconds: 0.0,
        }
    }
}

/// The verdicts of a scenario, counted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Score {
    /// Points that were tried.
    pub points: usize,
    /// Points at which the engine died.
    pub killed: usize,
    /// Points that it never came to, however often it was tried.
    pub unreached: usize,
    /// Points after which something differed.
    pub differences: usize,
    /// Requests that were sent while engines died. One that is lost is a difference.
    pub requests: usize,
    /// Trials that did not count, and were made once more.
    pub again: usize,
    /// The time that engines took, one after the other.
    pub seconds: f64,
}

impl Pass {
    /// Both.
    pub fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Undisturbed => "undisturbed",
            Self::Stranger => "stranger",
        }
    }

    /// The points at the places of a clean run. The passes take turns in how they are inside a call.
    pub(crate) fn points(self, clean: &Clean, ground: Ground) -> Vec<Point> {
        let shift = u32::from(self == Self::Stranger);
        clean.places.iter().flat_map(|place| Point::of(place, shift, ground.insides())).collect()
    }

    fn tolerance(self) -> Tolerance {
        Tolerance { repaired: self == Self::Stranger }
    }

    /// What the scenario comes to when nobody dies who need not.
    ///
    /// # Errors
    /// Whatever went wrong, or is not as the scenario says.
    pub(crate) async fn clean(self, scenario: Scenario, dir: &Path, setting: &Setting) -> Result<Clean, String> {
        let mut clean = Err(String::new());
        for number in 1..=TRIES {
            let trial = Trial::new(dir.with_extension(number.to_string()), setting, scenario);
            clean = self.undisturbed(&trial.map_err(|error| error.to_string())?).await;
            if !clean.as_ref().is_err_and(|error| is_port_taken(error)) {
                break;
            }
        }
        clean
    }

    async fn undisturbed(self, trial: &Trial) -> Result<Clean, String> {
        let scenario = trial.scenario();
        let repairs = self == Self::Stranger;
        let first = scenario.first_death();
        let run = trial.run(first.as_ref()).await?;
        let mut report = told(trial.recover(None, None, repairs, true).await?)?;
        let places = match (run, first) {
            (Ended::Told(run), None) => run.places,
            (Ended::Killed, Some(_)) => std::mem::take(&mut report.places),
            (Ended::Killed, None) => return Err("the clean run was killed".to_owned()),
            (Ended::Told(_), Some(point)) => return Err(format!("the first engine never came to {point}")),
        };
        report.left.extend(trial.quiet().await);
        let mut wrong = report.left.clone();
        match &report.end {
            Some(end) => wrong.extend(end.broken.iter().cloned().chain(scenario.contradicts(end, repairs))),
            None => wrong.push("the clean run tells no end".to_owned()),
        }
        if wrong.is_empty() {
            return Ok(Clean { places, report });
        }
        wrong.extend(report.journal);
        Err(wrong.join("\n"))
    }

    /// Kills an engine at a point, lets another one recover, and compares. Tried again, in another
    /// directory, is a point that was not reached (timing may have moved it), and one where somebody
    /// else on this machine had a port first.
    pub(crate) async fn judge(
        self,
        scenario: Scenario,
        clean: &Clean,
        point: &Point,
        number: usize,
        (dir, setting): (&Path, &Setting),
        permits: &Semaphore,
    ) -> Verdict {
        let mut verdict = Verdict::of(point);
        for again in 0..TRIES {
            let dir = dir.with_extension(again.to_string());
            verdict = Verdict { again, ..Verdict::of(point) };
            match Trial::new(dir, setting, scenario) {
                Ok(trial) => self.attempt(&trial, clean, number, permits, &mut verdict).await,
                Err(error) => verdict.differences.push(format!("no directory: {error}")),
            }
            if verdict.killed && !verdict.differences.iter().any(|difference| is_port_taken(difference)) {
                break;
            }
        }
        verdict
    }

    async fn attempt(self, trial: &Trial, clean: &Clean, number: usize, permits: &Semaphore, verdict: &mut Verdict) {
        let course = {
            let _permit = permits.acquire().await;
            let began = Instant::now();
            let course = self.course(trial, &verdict.point, number).await;
            verdict.seconds = began.elapsed().as_secs_f64();
            course
        };
        match course {
            Ok(None) => {}
            Ok(Some((report, requests))) => {
                verdict.requests = requests.len();
                verdict.killed = true;
                verdict.stranger = report.stranger;
                verdict.journal = report.journal;
                verdict.differences = match (&clean.report.end, &report.end) {
                    (Some(clean), Some(found)) => self.tolerance().differences(clean, found),
                    _ => vec!["the engine tells no end".to_owned()],
                };
                let lost = requests.iter().filter_map(|request| request.lost.as_ref());
                verdict.differences.extend(lost.map(|cause| format!("a request was lost: {cause}")));
                let left = report.left.into_iter().chain(trial.quiet().await);
                verdict.differences.extend(left.map(|left| format!("left over: {left}")));
            }
            Err(error) => {
                verdict.killed = true;
                verdict.differences.push(error);
            }
        }
    }

    /// Start, death, perhaps a stranger, recovery; none if the engine did not die. Where nobody changes
    /// anything, somebody asks the shop for something all the while.
    async fn course(
        self,
        trial: &Trial,
        point: &Point,
        number: usize,
    ) -> Result<Option<(Report, Vec<Request>)>, String> {
        if self == Self::Stranger || !trial.scenario().serves_throughout() {
            if !self.death(trial, point).await? {
                return Ok(None);
            }
            let stranger = (self == Self::Stranger).then_some(number);
            let told = told(trial.recover(None, stranger, stranger.is_some(), true).await?)?;
            return Ok(Some((told, Vec::new())));
        }
        let (died, load) = served(trial, self.death(trial, point)).await;
        let died = match died {
            Ok(true) => trial.recover(None, None, false, false).await.and_then(told).map(Some),
            Ok(false) => Ok(None),
            Err(error) => Err(error),
        };
        let requests = match load {
            Some(load) => load.stop().await,
            None => Vec::new(),
        };
        let Some(mut report) = died? else { return Ok(None) };
        report.left = told(trial.clear().await?)?.left;
        Ok(Some((report, requests)))
    }

    /// Start and death; false if the engine did not die.
    async fn death(self, trial: &Trial, point: &Point) -> Result<bool, String> {
        let died = match trial.scenario().first_death() {
            None => trial.run(Some(point)).await?,
            Some(first) => match trial.run(Some(&first)).await? {
                Ended::Told(_) => return Ok(false),
                Ended::Killed => trial.recover(Some(point), None, false, true).await?,
            },
        };
        Ok(matches!(died, Ended::Killed))
    }
}

/// Lets something happen to a shop, with requests from when it has opened.
async fn served<T>(trial: &Trial, work: impl Future<Output = T>) -> (T, Option<Load>) {
    let start = |ingress| {
        let hosts = trial.scenario().environments().iter().map(|name| Shop::host(name)).collect();
        Load::start(ingress, hosts, trial.setting().ground().load())
    };
    let mut work = pin!(work);
    tokio::select! {
        biased;
        ingress = trial.opened() => {
            let load = start(ingress);
            (work.await, Some(load))
        }
        // Who dies at once may have opened just before.
        done = &mut work => (done, trial.ingress().map(start)),
    }
}

/// True if a run failed because a port was somebody else's. The ports of all state directories of a
/// machine come from one range, and whose engine comes second is told to try again.
fn is_port_taken(text: &str) -> bool {
    text.contains(codes::PORT_TAKEN.as_str())
}

fn told(ended: Ended) -> Result<Report, String> {
    match ended {
        Ended::Told(report) => Ok(*report),
        Ended::Killed => Err("the engine that recovers was killed".to_owned()),
    }
}

impl Score {
    pub(crate) fn count(&mut self, verdict: &Verdict) {
        self.points += 1;
        self.killed += usize::from(verdict.killed);
        self.unreached += usize::from(!verdict.killed);
        self.differences += usize::from(!verdict.differences.is_empty());
        self.requests += verdict.requests;
        self.again += verdict.again;
        self.seconds += verdict.seconds;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.points += other.points;
        self.killed += other.killed;
        self.unreached += other.unreached;
        self.differences += other.differences;
        self.requests += other.requests;
        self.again += other.again;
        self.seconds += other.seconds;
    }
}
