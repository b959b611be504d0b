//! Runs whose engine went away.

use std::sync::Arc;
use std::time::Duration;

use eve_core::event::{RunOutcome, Undo};
use eve_core::{AttemptId, Project, Started, codes};
use eve_engine::{Engine, RunReport};
use futures_util::future::{Either, select};
use tokio::runtime::{Builder, Runtime};

use crate::bench::{Bench, built, fault_of, job, needing, project, web, with_jobs};
use crate::clock::SurvivingEnv;
use crate::crash::Death;
use crate::state::check;

/// An executor for workloads, and one for an engine that is about to die.
pub(crate) fn executors() -> (Runtime, Runtime) {
    let make = || Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    (make(), make())
}

pub(crate) fn bench(workloads: &Runtime) -> Bench {
    Bench::running_on(Arc::new(SurvivingEnv::new(workloads.handle().clone())))
}

/// Lets a second engine take up what is there, after the lease of the first is over.
pub(crate) async fn recover(bench: &Bench) -> Vec<RunReport> {
    bench.clock.jump(Duration::from_secs(3600));
    let engine = bench.second_engine();
    let mut reports = Vec::new();
    for run in engine.recover().await.unwrap() {
        reports.push(bench.end(&run).await);
    }
    assert!(engine.recover().await.unwrap().is_empty());
    reports
}

fn shop() -> Project {
    let shop = needing(project(&[("web", &["serve"]), ("api", &["serve-after", "10"])]), "web", "api");
    with_jobs(built(shop, "api"), &[("migrate", job(&["sleep", "300"]))])
}

#[test]
fn a_running_attempt_is_adopted_and_no_step_is_run_again() {
    let (workloads, dying) = executors();
    let bench = bench(&workloads);
    let run = dying.block_on(async {
        let run = bench.begin(shop()).await;
        bench.until("the attempt", async || !bench.runner.started().is_empty()).await;
        run
    });
    drop(dying);

    workloads.block_on(async {
        assert_eq!(run.wait().await.unwrap_err().code(), &codes::RUN_INTERRUPTED);
        assert_eq!(bench.status().await, "deploying");
        let reports = recover(&bench).await;
        assert_eq!((reports.len(), &reports[0].run), (1, run.id()));
        assert!(reports[0].outcome.is_success(), "{:?}", reports[0].outcome);
        let starts: Vec<_> = bench.runner.started().into_iter().map(|(_, started)| started).collect();
        assert_eq!(starts, [Started::New]);
        assert_eq!(bench.builder.built(), ["api"]);
        assert_eq!((bench.status().await.as_str(), bench.ledger().await), ("ready", vec!["healthy"]));
        assert!(bench.engine.leftovers(&bench.shop).await.unwrap().attempts.is_empty());
    });
}

#[test]
fn a_deploy_after_a_dead_engine_ends_its_run_and_leaves_none_of_its_attempts() {
    let (workloads, dying) = executors();
    let bench = bench(&workloads);
    let run = dying.block_on(async {
        let run = bench.begin(with_jobs(web(&["serve"]), &[("migrate", job(&["sleep", "3600000"]))])).await;
        bench.until("the attempt", async || !bench.runner.started().is_empty()).await;
        run
    });
    drop(dying);

    workloads.block_on(async {
        bench.clock.jump(Duration::from_secs(3600));
        let next = bench.second_engine().deploy(bench.request(web(&["serve"]))).await.unwrap();
        assert!(bench.end(&next).await.outcome.is_success());
        let runs = bench.engine.runs(&bench.shop).await.unwrap();
        let dead = runs.iter().find(|known| known.id == *run.id()).unwrap();
        assert!(
            matches!(&dead.outcome, Some(RunOutcome::Failed { fault, .. }) if fault.code == codes::RUN_INTERRUPTED)
        );
        assert_eq!(dead.attempts[0].exit, Some(eve_core::Exit::Signal(15)));
        assert_eq!(dead.attempts[0].id, AttemptId::new(run.id(), "migrate", 1));
        assert!(bench.engine.leftovers(&bench.shop).await.unwrap().attempts.is_empty());
    });
}

#[test]
fn a_run_that_the_ledger_knows_to_be_done_ends_so_whatever_is_deployed_next() {
    let deploy = async |bench: &Bench, engine: &Engine| engine.deploy(bench.request(web(&["serve"]))).await.unwrap();
    let delete = async |bench: &Bench, engine: &Engine| engine.delete(&bench.shop, "ann").await.unwrap();
    let mut superseded = 0;
    for nth in 1.. {
        let mut lived = true;
        for deletes in [false, true] {
            let (workloads, dying) = executors();
            let bench = bench(&workloads);
            if deletes {
                workloads.block_on(bench.succeed(web(&["serve"])));
            }
            let before = workloads.block_on(bench.ledger()).len();
            lived &= dying.block_on(die_of(&bench, &Death::at(nth, true), async |engine| {
                let run = if deletes { delete(&bench, &engine).await } else { deploy(&bench, &engine).await };
                run.wait().await.unwrap();
            }));
            drop(dying);
            workloads.block_on(async {
                if bench.ledger().await.len() == before {
                    return;
                }
                superseded += 1;
                bench.clock.jump(Duration::from_secs(3600));
                let next = deploy(&bench, &bench.second_engine()).await;
                assert!(bench.end(&next).await.outcome.is_success());
                for run in bench.engine.runs(&bench.shop).await.unwrap() {
                    let outcome = run.outcome.unwrap();
                    assert!(outcome.is_success(), "change {nth}: {outcome:?}");
                    assert!(run.steps.values().all(|state| state.satisfies()), "change {nth}: {:?}", run.steps);
                }
                check(&bench, "superseded").await;
            });
        }
        if lived {
            break;
        }
    }
    assert!(superseded > 4);
}

#[test]
fn a_run_that_was_to_be_cancelled_is_not_gone_on_with() {
    let cancelled = (1..50).filter_map(|nth| {
        let (workloads, dying) = executors();
        let bench = bench(&workloads);
        dying.block_on(die_of(&bench, &Death::at(nth, true), async |engine: Engine| {
            let run = engine.deploy(bench.request(web(&["serve-after", "100"]))).await.unwrap();
            bench.until("the service", async || !bench.instances("web").await.is_empty()).await;
            run.cancel();
            run.wait().await.unwrap();
        }));
        drop(dying);
        workloads.block_on(async {
            if !bench.entries().await.iter().any(|entry| entry.record.kind == "run.cancel_requested") {
                return None;
            }
            let reports = recover(&bench).await;
            assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
            let outcome = reports.first()?.outcome.clone();
            assert!(matches!(outcome, RunOutcome::Cancelled { undo: Undo::Complete }), "change {nth}: {outcome:?}");
            Some(())
        })
    });
    assert!(cancelled.count() > 2);
}

#[test]
fn a_run_that_had_failed_is_undone_and_not_tried_again() {
    let found = (1..50).find_map(|nth| {
        let (workloads, dying) = executors();
        let bench = bench(&workloads);
        let death = Death::at(nth, true);
        dying.block_on(deploy_until(&bench, &death, &web(&["exit", "3"])));
        drop(dying);
        workloads.block_on(async {
            if bench.entries().await.last()?.record.kind != "run.faulted" {
                return None;
            }
            let created = bench.runtime.calls().created;
            let report = recover(&bench).await.remove(0);
            assert_eq!(bench.runtime.calls().created, created);
            Some((report, bench.ledger().await, bench.engine.leftovers(&bench.shop).await.unwrap().count()))
        })
    });
    let (report, ledger, leftovers) = found.unwrap();
    assert_eq!((&fault_of(&report).code, report.undo()), (&codes::WORKLOAD_CRASHED, Some(&Undo::Complete)));
    assert_eq!((ledger, leftovers), (vec!["failed"], 0));
}

/// Lets an engine do what it may die of. True if it lived.
pub(crate) async fn die_of(bench: &Bench, death: &Death, work: impl AsyncFn(Engine)) -> bool {
    let work = std::pin::pin!(work(death.of(bench)));
    let death = std::pin::pin!(death.came());
    matches!(bench.within("an end", select(work, death)).await, Either::Left(_))
}

/// Deploys with an engine that may die of it. True if it lived.
async fn deploy_until(bench: &Bench, death: &Death, project: &Project) -> bool {
    let deploy = async |engine: Engine| {
        engine.deploy(bench.request(project.clone())).await.unwrap().wait().await.unwrap();
    };
    die_of(bench, death, deploy).await
}

#[test]
fn an_approved_deploy_that_two_engines_died_of_is_finished_as_approved() {
    let shop = needing(project(&[("web", &["serve"]), ("api", &["serve"])]), "web", "api");
    for nth in 1.. {
        let (workloads, dying) = executors();
        let bench = bench(&workloads);
        let lived = dying.block_on(async {
            let plan = bench.engine.plan(&bench.request(shop.clone())).await.unwrap().plan;
            let request = bench.request(shop.clone()).with_approved(plan.digest().unwrap());
            die_of(&bench, &Death::at(nth, true), async |engine| {
                engine.deploy(request.clone()).await.unwrap().wait().await.unwrap();
            })
            .await
        });
        drop(dying);
        bench.clock.jump(Duration::from_secs(3600));
        let (_, dying) = executors();
        dying.block_on(die_of(&bench, &Death::at(4, true), async |engine| {
            for run in engine.recover().await.unwrap() {
                run.wait().await.unwrap();
            }
        }));
        drop(dying);
        workloads.block_on(async {
            for report in recover(&bench).await {
                assert!(report.outcome.is_success(), "change {nth}: {:?}", report.outcome);
            }
            assert_eq!(
                (bench.status().await.as_str(), bench.ledger().await),
                ("ready", vec!["healthy"]),
                "change {nth}"
            );
        });
        if lived {
            assert!(nth > 12);
            return;
        }
    }
}

#[test]
fn what_an_engine_began_of_an_approved_plan_is_undone_if_the_world_drifts_before_the_next() {
    let shop = needing(project(&[("web", &["serve"]), ("api", &["serve-after", "20"])]), "web", "api");
    let drifted = (1..50).find_map(|nth| {
        let (workloads, dying) = executors();
        let bench = bench(&workloads);
        dying.block_on(async {
            let plan = bench.engine.plan(&bench.request(shop.clone())).await.unwrap().plan;
            let request = bench.request(shop.clone()).with_approved(plan.digest().unwrap());
            let deploy = async |engine: Engine| {
                engine.deploy(request.clone()).await.unwrap().wait().await.unwrap();
            };
            die_of(&bench, &Death::at(nth, true), deploy).await
        });
        drop(dying);
        workloads.block_on(async {
            let api = bench.instances("api").await.pop()?;
            assert!(bench.runtime.kill(&bench.shop, &api.id, eve_core::Exit::Code(1)));
            Some((recover(&bench).await.remove(0), bench))
        })
    });
    let (report, bench) = drifted.unwrap();
    assert_eq!((&fault_of(&report).code, report.undo()), (&codes::PLAN_DRIFTED, Some(&Undo::Complete)));
    executors().0.block_on(async {
        assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
        assert_eq!(bench.ledger().await, ["failed"]);
    });
}
