//! Runs that another engine goes on with.

use std::sync::Arc;
use std::time::Duration;

use eve_core::event::{RunOutcome, Undo};
use eve_core::pipeline::{Action, StepState};
use eve_core::wrap::{Faulty, Method};
use eve_core::{Deadline, Error, Exit, Fence, OpCx, OpId, ProjectName, Routes as _, StepName, codes};
use eve_engine::Engine;

use crate::bench::{Bench, fault_of, job, sandbox, step, web, with_jobs, with_steps};
use crate::crash::Death;
use crate::recovering::{bench, die_of, executors, recover};
use crate::state::check;

#[test]
fn a_run_that_was_taken_up_can_be_cancelled() {
    let (workloads, dying) = executors();
    let bench = bench(&workloads);
    dying.block_on(async {
        bench.begin(web(&["hang"])).await;
        bench.until("the service", async || !bench.instances("web").await.is_empty()).await;
    });
    drop(dying);
    workloads.block_on(async {
        bench.clock.jump(Duration::from_secs(3600));
        let engine = bench.second_engine();
        let run = engine.recover().await.unwrap().remove(0);
        assert!(engine.recover().await.unwrap().is_empty());
        engine.cancel(run.id()).unwrap();
        let report = bench.end(&run).await;
        assert_eq!((&report.outcome, report.resumed), (&RunOutcome::Cancelled { undo: Undo::Complete }, 1));
        assert_eq!((bench.ledger().await, bench.run(&report).await.resumed), (vec!["failed"], 1));
        assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
    });
}

#[test]
fn a_cancelled_run_of_which_several_engines_died_ends_cancelled() {
    for nth in 1.. {
        let (workloads, dying) = executors();
        let bench = bench(&workloads);
        dying.block_on(async {
            let run = bench.begin(web(&["hang"])).await;
            bench.until("the service", async || !bench.instances("web").await.is_empty()).await;
            run.cancel();
            let noted = async || bench.kinds(run.id()).await.contains(&"run.cancel_requested".to_owned());
            bench.until("the wish", noted).await;
        });
        drop(dying);
        bench.clock.jump(Duration::from_secs(3600));
        let (_, dying) = executors();
        let lived = dying.block_on(die_of(&bench, &Death::at(nth, nth % 2 == 0), async |engine: Engine| {
            for run in engine.recover().await.unwrap() {
                run.wait().await.unwrap();
            }
        }));
        drop(dying);
        workloads.block_on(async {
            recover(&bench).await;
            let runs = bench.engine.runs(&bench.shop).await.unwrap();
            assert!(matches!(runs[0].outcome, Some(RunOutcome::Cancelled { .. })), "{nth}: {:?}", runs[0].outcome);
            assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
            check(&bench, "cancelled").await;
        });
        if lived {
            return;
        }
    }
}

#[test]
fn an_attempt_beside_a_step_that_failed_is_ended_with_the_run() {
    let (workloads, dying) = executors();
    let bench = bench(&workloads);
    let mut shop = web(&["serve"]);
    for (name, argv) in [("long", ["sleep", "3600000"]), ("short", ["exit", "3"])] {
        sandbox(&mut shop).desired.jobs.insert(crate::bench::service_name(name), job(&argv));
    }
    let shop = with_steps(
        shop,
        ["long", "short"]
            .map(|name| step(name, Action::Job { service: crate::bench::service_name(name) }, None))
            .to_vec(),
    );
    let short = StepName::new("short").unwrap();
    dying.block_on(async {
        bench.begin(shop).await;
        let failed = async || {
            let run = bench.engine.runs(&bench.shop).await.unwrap().remove(0);
            run.attempts.len() == 2 && run.steps.get(&short) == Some(&StepState::Failed)
        };
        bench.until("the failure", failed).await;
        bench.until("both attempts", async || bench.runner.started().len() == 2).await;
    });
    drop(dying);
    workloads.block_on(async {
        let report = recover(&bench).await.remove(0);
        assert_eq!(fault_of(&report).code, codes::ATTEMPT_FAILED);
        let run = bench.run(&report).await;
        let mut exits: Vec<_> = run.attempts.iter().map(|attempt| (attempt.step.as_str(), attempt.exit)).collect();
        exits.sort_by_key(|(step, _)| *step);
        assert_eq!(exits, [("long", Some(Exit::Signal(15))), ("short", Some(Exit::Code(3)))]);
        assert_eq!(run.steps[&StepName::new("long").unwrap()], StepState::Cancelled);
        assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
        check(&bench, "two steps").await;
    });
}

#[tokio::test]
async fn looking_for_runs_to_take_up_reads_few_of_those_that_ended() {
    let mut journal = None;
    let bench = Bench::with(|builder, bench| {
        let counted = Arc::new(Faulty::new(bench.journal.clone(), []));
        journal = Some(counted.clone());
        builder.journal(counted)
    });
    let journal = journal.unwrap();
    for _ in 0..60 {
        bench.succeed(web(&["serve"])).await;
    }
    let before = journal.calls(Method::JournalRead);
    assert!(bench.engine.recover().await.unwrap().is_empty());
    assert_eq!(journal.calls(Method::JournalRead), before);
    assert_eq!(journal.calls(Method::JournalAcquire), 60);
}

#[test]
fn an_environment_that_cannot_be_taken_up_keeps_no_other_from_it() {
    let (workloads, dying) = executors();
    let bench = bench(&workloads);
    let mut other = web(&["serve-after", "300"]);
    let blog = ProjectName::new("blog").unwrap();
    other.name = blog.clone();
    sandbox(&mut other).desired.environment.project = blog;
    sandbox(&mut other).desired.routes.clear();
    dying.block_on(async {
        for project in [other, web(&["serve-after", "300"])] {
            bench.begin(project).await;
        }
    });
    drop(dying);
    workloads.block_on(async {
        bench.clock.jump(Duration::from_secs(3600));
        bench.runner.refuse_tokens(vec![Error::conflict(codes::SUPERVISOR_CONFIG, "it runs with other settings")]);
        let engine = bench.second_engine();
        assert_eq!(engine.recover().await.unwrap_err().code(), &codes::SUPERVISOR_CONFIG);
        let taken_up = engine.active_runs();
        assert_eq!(taken_up.len(), 1);
        let later = engine.recover().await.unwrap();
        assert_eq!(later.len(), 1);
        assert_ne!(later[0].environment(), taken_up[0].environment());
        for run in taken_up.iter().chain(&later) {
            assert!(bench.end(run).await.outcome.is_success());
        }
    });
}

#[tokio::test]
async fn what_a_drain_counted_is_forgotten_once_it_is_journaled() {
    let bench = Bench::new();
    bench.succeed(with_jobs(web(&["serve"]), &[])).await;
    let old = bench.instances("web").await.remove(0).instance();
    drop(bench.routes.begin(&old));
    let report = bench.succeed(with_jobs(web(&["serve-after", "1"]), &[])).await;
    let run = bench.run(&report).await;
    let (drain, counted) = run.drained.first_key_value().unwrap();
    assert_eq!((drain.as_str(), counted.served), (format!("drain {old}").as_str(), Some(1)));
    let RunOutcome::Succeeded { drained, .. } = &report.outcome else { panic!("{:?}", report.outcome) };
    assert_eq!(drained.values().next(), Some(counted));

    drop(bench.routes.begin(&old));
    let deadline = Deadline::after(&*bench.env, Duration::ZERO);
    let cx = OpCx::new(bench.env.clone(), bench.shop.clone(), OpId::new(drain.as_str()), Fence::new(99), deadline);
    assert_eq!(bench.routes.drain(&old, &cx).await.unwrap().served, Some(2));
}

#[test]
fn what_a_drain_counted_is_forgotten_also_when_nobody_drains_again() {
    for nth in 1.. {
        let (workloads, dying) = executors();
        let bench = bench(&workloads);
        let first = with_jobs(web(&["serve"]), &[]);
        workloads.block_on(bench.succeed(first));
        let old = workloads.block_on(bench.instances("web")).remove(0).instance();
        let lived = dying.block_on(die_of(&bench, &Death::at(nth, true), async |engine: Engine| {
            let second = with_jobs(web(&["serve-after", "1"]), &[]);
            engine.deploy(bench.request(second)).await.unwrap().wait().await.unwrap();
        }));
        drop(dying);
        assert!(!lived, "no engine died after its drain");
        if bench.routes.calls().drain == 0 {
            continue;
        }
        assert!(bench.runtime.remove(&bench.shop, &old.object));
        workloads.block_on(async {
            assert!(recover(&bench).await.remove(0).outcome.is_success());
            assert_eq!(bench.routes.calls().drain, 1);
            drop(bench.routes.begin(&old));
            let deadline = Deadline::after(&*bench.env, Duration::ZERO);
            let drain = OpId::new(format!("drain {old}"));
            let cx = OpCx::new(bench.env.clone(), bench.shop.clone(), drain, Fence::new(99), deadline);
            assert_eq!(bench.routes.drain(&old, &cx).await.unwrap().served, Some(1));
        });
        return;
    }
}
