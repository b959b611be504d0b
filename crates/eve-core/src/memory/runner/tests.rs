//! Tests of the memory runner.

use super::*;
use crate::{Deadline, Fence, OpId, RunId, SystemEnv};

struct Bench {
    env: Arc<SystemEnv>,
    runner: MemoryRunner,
    environment: EnvironmentId,
}

impl Bench {
    fn new() -> Self {
        let env = Arc::new(SystemEnv::new());
        let runner = MemoryRunner::new(env.clone());
        Self { env, runner, environment: EnvironmentId::parse("acme/shop/prod").unwrap() }
    }

    fn cx(&self) -> OpCx {
        let deadline = Deadline::after(&*self.env, Duration::from_secs(60));
        OpCx::new(self.env.clone(), self.environment.clone(), OpId::new("start"), Fence::new(1), deadline)
    }

    fn spec(&self, argv: &[&str]) -> AttemptSpec {
        let id = AttemptId::new(&RunId::new("run_1").unwrap(), "job", 1);
        let argv = argv.iter().map(|&word| word.to_owned()).collect();
        AttemptSpec::new(id, self.environment.clone(), "job", argv)
    }

    async fn end(&self, id: &AttemptId) -> AttemptState {
        let states = self.runner.watch(id).collect::<Vec<_>>();
        let within = Deadline::after(&*self.env, Duration::from_secs(60));
        within.limit(&*self.env, "the end", states).await.unwrap().pop().unwrap().unwrap()
    }
}

#[tokio::test]
async fn an_attempt_is_started_once_and_found_again() {
    let bench = Bench::new();
    let spec = bench.spec(&["sleep", "50"]);
    assert_eq!(bench.runner.start(&spec, &bench.cx()).await.unwrap(), Started::New);
    assert_eq!(bench.runner.start(&spec, &bench.cx()).await.unwrap(), Started::Adopted);
    let other = bench.runner.start(&bench.spec(&["exit", "0"]), &bench.cx()).await.unwrap_err();
    assert_eq!(other.code(), &codes::ATTEMPT_CONFLICT);
    assert_eq!(bench.runner.forget(&spec.id, &bench.cx()).await.unwrap_err().code(), &codes::ATTEMPT_CONFLICT);

    assert_eq!(bench.end(&spec.id).await, AttemptState::Ended { exit: Exit::Code(0), finding: None });
    assert_eq!(bench.runner.start(&spec, &bench.cx()).await.unwrap(), Started::Ended(Exit::Code(0)));
    assert_eq!(bench.runner.owned(&bench.environment).await.unwrap(), std::slice::from_ref(&spec.id));
    assert_eq!(bench.runner.forget(&spec.id, &bench.cx()).await.unwrap().outcome, ChangeOutcome::Deleted);
    assert_eq!(bench.runner.forget(&spec.id, &bench.cx()).await.unwrap().outcome, ChangeOutcome::Skipped);
    assert_eq!(bench.runner.artifacts(&spec.id).await.unwrap_err().code(), &codes::ATTEMPT_UNKNOWN);
}

#[tokio::test]
async fn failures_timeouts_and_stops_say_why() {
    for (argv, timeout, stop, code) in [
        (&["exit", "7"][..], 60_000, false, codes::ATTEMPT_FAILED),
        (&["sleep", "60000"], 10, false, codes::ATTEMPT_DEADLINE),
        (&["sleep", "60000"], 60_000, true, codes::CANCELLED),
    ] {
        let bench = Bench::new();
        let mut spec = bench.spec(argv);
        spec.timeout = Duration::from_millis(timeout);
        bench.runner.start(&spec, &bench.cx()).await.unwrap();
        if stop {
            assert_eq!(bench.runner.stop(&spec.id, &bench.cx()).await.unwrap().outcome, ChangeOutcome::Updated);
        }
        let AttemptState::Ended { exit, finding } = bench.end(&spec.id).await else { panic!("it ended") };
        assert!(!exit.is_success());
        assert_eq!(finding.unwrap().code, code);
    }
}

#[tokio::test]
async fn what_an_attempt_wrote_and_left_can_be_read() {
    let bench = Bench::new();
    let spec = bench.spec(&["print", "a", "b"]);
    bench.runner.start(&spec, &bench.cx()).await.unwrap();
    let items: Vec<_> = bench.runner.logs(&spec.id, LogOptions::default().with_follow(true)).collect().await;
    let lines = items.iter().filter(|item| matches!(item, Ok(LogItem::Line { .. }))).count();
    assert_eq!((lines, items.len()), (2, 3));
    bench.runner.forget(&spec.id, &bench.cx()).await.unwrap();

    let spec = bench.spec(&["artifact", "report.txt", "fine"]);
    bench.runner.start(&spec, &bench.cx()).await.unwrap();
    bench.end(&spec.id).await;
    assert_eq!(bench.runner.artifacts(&spec.id).await.unwrap()["report.txt"], Bytes::from_static(b"fine"));
    let missing = bench.spec(&["nothing"]);
    bench.runner.forget(&spec.id, &bench.cx()).await.unwrap();
    let error = bench.runner.start(&missing, &bench.cx()).await.unwrap_err();
    assert_eq!(error.code(), &codes::WORKLOAD_CANNOT_START);
}
