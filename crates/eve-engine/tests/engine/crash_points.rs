//! Engines that die at every change of a scenario: whoever comes next ends where a clean run does.

use std::sync::Arc;
use std::time::Duration;

use eve_core::{Exit, Project, Routes as _, Runtime as _};
use eve_engine::{DeployRequest, Engine, RunHandle};

use crate::bench::{Bench, built, job, needing, project, sandbox, with_jobs};
use crate::clock::SurvivingEnv;
use crate::crash::Death;
use crate::recovering::{die_of, executors};
use crate::state::{State, check, done};

/// What there is before, and what is done then.
struct Scenario<B, A> {
    name: &'static str,
    before: B,
    act: A,
}

/// What happens between a death and the engine after it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    Nothing,
    /// Somebody else removes or ends something that is in use.
    Stranger,
}

/// A scenario that was played to its end.
struct Played {
    state: State,
    /// What the runs tell that they did.
    done: Vec<(u32, usize)>,
    /// True if no engine died.
    lived: bool,
    /// True if its run was begun.
    begun: bool,
}

impl<B: AsyncFn(&Bench), A: AsyncFn(Engine, &Bench) -> RunHandle> Scenario<B, A> {
    /// Plays it with an engine for each death that dies of it, and one more.
    fn play(&self, deaths: &[Death], between: Between) -> Played {
        let (workloads, _) = executors();
        let bench = Bench::running_on(Arc::new(SurvivingEnv::new(workloads.handle().clone())));
        workloads.block_on((self.before)(&bench));
        let before = workloads.block_on(bench.engine.runs(&bench.shop)).unwrap().len();
        let mut lived = false;
        for (nth, death) in deaths.iter().enumerate() {
            let (_, dying) = executors();
            lived |= dying.block_on(die_of(&bench, death, async |engine: Engine| {
                let runs = match nth {
                    0 => vec![(self.act)(engine, &bench).await],
                    _ => engine.recover().await.unwrap(),
                };
                for run in runs {
                    run.wait().await.unwrap();
                }
            }));
            drop(dying);
            bench.clock.jump(Duration::from_secs(3600));
            if between == Between::Stranger {
                workloads.block_on(meddle(&bench, death.nth()));
            }
        }
        workloads.block_on(async {
            for run in bench.second_engine().recover().await.unwrap() {
                let report = bench.end(&run).await;
                let kinds = bench.kinds(run.id()).await;
                let taken_up = kinds.iter().filter(|kind| *kind == "run.resumed").count();
                assert!(taken_up >= 1 && report.resumed as usize == taken_up, "{}: {report:?}", self.name);
            }
            assert!(bench.second_engine().recover().await.unwrap().is_empty());
            check(&bench, self.name).await;
            let begun = bench.engine.runs(&bench.shop).await.unwrap().len() > before;
            Played { state: State::of(&bench).await, done: done(&bench).await, lived, begun }
        })
    }

    /// The state in the end if nobody dies, and how many changes that takes.
    fn clean(&self) -> (Played, i64) {
        let never = Death::at(i64::MAX, false);
        let played = self.play(std::slice::from_ref(&never), Between::Nothing);
        assert!(played.lived && played.begun);
        let changes = never.changes();
        (played, changes)
    }

    /// The state if nothing is begun.
    fn unbegun(&self) -> Played {
        self.play(&[], Between::Nothing)
    }

    /// Lets an engine die before and after each change.
    fn at_every_change(&self, between: Between) {
        let ((clean, changes), before) = (self.clean(), self.unbegun());
        // A beginning and an end, at least.
        assert!(changes >= 2, "{}: only {changes} changes", self.name);
        for nth in 1..=changes {
            for happens in [false, true] {
                let played = self.play(&[Death::at(nth, happens)], between);
                let expected = if played.begun { &clean } else { &before };
                assert_eq!(played.state, expected.state, "{}, change {nth}, {happens}", self.name);
                if between == Between::Nothing {
                    assert_eq!(played.done, expected.done, "{}, change {nth}, {happens}", self.name);
                }
            }
        }
    }

    /// Lets the engine die in the middle, and the next one at each of its changes.
    fn at_every_change_of_the_resume(&self) {
        let (clean, changes) = self.clean();
        for nth in 1.. {
            let deaths = [Death::at(changes / 2, true), Death::at(nth, nth % 2 == 0)];
            let played = self.play(&deaths, Between::Nothing);
            assert_eq!(
                (played.state, played.done),
                (clean.state.clone(), clean.done.clone()),
                "{}, change {nth} after {}",
                self.name,
                changes / 2
            );
            if played.lived {
                assert!(nth > 3, "{}: only {nth} changes after {}", self.name, changes / 2);
                return;
            }
        }
    }
}

/// Somebody else removes or ends something that is in use, if a run is still to be taken up.
async fn meddle(bench: &Bench, which: i64) {
    let which = usize::try_from(which).unwrap();
    if bench.engine.runs(&bench.shop).await.unwrap().iter().all(|run| !run.is_active()) {
        return;
    }
    let objects = bench.runtime.observe(&bench.shop).await.unwrap().objects;
    let object = objects.get(which % objects.len().max(1));
    let routes = bench.routes.observe(&bench.shop).await.unwrap();
    let route = routes.get(which % routes.len().max(1));
    match (which % 3, object, route) {
        (0, Some(object), _) => assert!(bench.runtime.remove(&bench.shop, &object.id)),
        (1, Some(object), _) => drop(bench.runtime.kill(&bench.shop, &object.id, Exit::Code(9))),
        (_, _, Some(route)) => assert!(bench.routes.remove(&bench.shop, &route.id)),
        _ => {}
    }
}

/// Without windows: what is tested is not how long something stays ready.
fn quick(mut project: Project) -> Project {
    for service in sandbox(&mut project).desired.services.values_mut() {
        service.rollout.window = Some(Duration::ZERO);
    }
    project
}

fn shop(api: &'static str) -> Project {
    quick(needing(project(&[("web", &["serve"]), ("api", &["serve-after", api])]), "web", "api"))
}

fn with_a_job(project: Project) -> Project {
    with_jobs(built(project, "api"), &[("migrate", job(&["print", "x"]))])
}

async fn nothing(_: &Bench) {}

async fn one_release(bench: &Bench) {
    bench.succeed(shop("0")).await;
}

async fn two_releases(bench: &Bench) {
    bench.succeed(shop("0")).await;
    bench.succeed(shop("1")).await;
}

fn deploying(project: impl Fn() -> Project) -> impl AsyncFn(Engine, &Bench) -> RunHandle {
    async move |engine: Engine, bench: &Bench| engine.deploy(bench.request(project())).await.unwrap()
}

async fn roll_back(engine: Engine, bench: &Bench) -> RunHandle {
    engine.rollback(&bench.shop, None, "ann").await.unwrap()
}

async fn delete(engine: Engine, bench: &Bench) -> RunHandle {
    engine.delete(&bench.shop, "ann").await.unwrap()
}

/// Deploys the oldest release again.
async fn promote(engine: Engine, bench: &Bench) -> RunHandle {
    let release = bench.engine.releases(&bench.shop.org, &bench.shop.project).await.unwrap().remove(0);
    engine.deploy(DeployRequest::release(release, bench.shop.env.clone())).await.unwrap()
}

/// A job that fails twice.
fn failing_job() -> Project {
    let mut migrate = job(&["exit", "3"]);
    migrate.max_attempts = 2;
    with_jobs(shop("1"), &[("migrate", migrate)])
}

/// No window, and a release that crashes after another was made.
fn crashing() -> Project {
    quick(needing(project(&[("web", &["exit", "3"]), ("api", &["serve-after", "1"])]), "web", "api"))
}

#[test]
fn a_first_deploy_ends_well_whenever_its_engine_dies() {
    let deploy = deploying(|| with_a_job(shop("0")));
    let scenario = Scenario { name: "first deploy", before: nothing, act: deploy };
    scenario.at_every_change(Between::Nothing);
    scenario.at_every_change(Between::Stranger);
    scenario.at_every_change_of_the_resume();
}

#[test]
fn a_deploy_of_what_is_there_changes_nothing_whenever_its_engine_dies() {
    let scenario = Scenario { name: "no-op", before: one_release, act: deploying(|| shop("0")) };
    scenario.at_every_change(Between::Nothing);
}

#[test]
fn a_switch_ends_well_whenever_its_engine_dies() {
    let scenario = Scenario { name: "switch", before: one_release, act: deploying(|| shop("1")) };
    scenario.at_every_change(Between::Nothing);
    scenario.at_every_change(Between::Stranger);
    scenario.at_every_change_of_the_resume();
}

#[test]
fn a_failing_deploy_is_undone_whenever_its_engine_dies() {
    let scenario = Scenario { name: "failing release", before: one_release, act: deploying(crashing) };
    scenario.at_every_change(Between::Nothing);
    scenario.at_every_change(Between::Stranger);
    scenario.at_every_change_of_the_resume();
}

#[test]
fn a_rollback_ends_well_whenever_its_engine_dies() {
    let scenario = Scenario { name: "rollback", before: two_releases, act: roll_back };
    scenario.at_every_change(Between::Nothing);
    scenario.at_every_change(Between::Stranger);
    scenario.at_every_change_of_the_resume();
}

#[test]
fn a_promotion_ends_well_whenever_its_engine_dies() {
    let scenario = Scenario { name: "promotion", before: two_releases, act: promote };
    scenario.at_every_change(Between::Nothing);
    scenario.at_every_change_of_the_resume();
}

#[test]
fn a_deletion_leaves_nothing_whenever_its_engine_dies() {
    let scenario = Scenario { name: "delete", before: one_release, act: delete };
    scenario.at_every_change(Between::Nothing);
    scenario.at_every_change(Between::Stranger);
    scenario.at_every_change_of_the_resume();
}

#[test]
fn a_job_that_fails_for_good_is_tried_no_more_than_it_may_be_whenever_its_engine_dies() {
    let scenario = Scenario { name: "failing job", before: one_release, act: deploying(failing_job) };
    scenario.at_every_change(Between::Nothing);
    scenario.at_every_change_of_the_resume();
}
