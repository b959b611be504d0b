//! Asking twice.

use eve_core::codes;

use crate::bench::{Bench, web};

#[tokio::test]
async fn the_same_key_gives_the_same_run_while_it_goes_on_and_afterwards() {
    let bench = Bench::new();
    let request = || bench.request(web(&["serve-after", "50"])).with_idempotency_key("k1");
    let first = bench.engine.deploy(request()).await.unwrap();
    let second = bench.engine.deploy(request()).await.unwrap();
    let elsewhere = bench.second_engine().deploy(request()).await.unwrap();
    assert_eq!((first.id(), first.id()), (second.id(), elsewhere.id()));
    let report = bench.end(&first).await;
    assert_eq!(bench.end(&second).await.outcome, report.outcome);
    // The second engine does not work on the run; it reads how the run ends.
    assert_eq!(bench.end(&elsewhere).await.outcome, report.outcome);

    let later = bench.second_engine().deploy(request()).await.unwrap();
    assert_eq!(bench.end(&later).await.outcome, report.outcome);
    assert_eq!(bench.engine.runs(&bench.shop).await.unwrap().len(), 1);
}

#[tokio::test]
async fn of_two_that_ask_at_once_with_one_key_none_begins_a_second_run() {
    let bench = Bench::new();
    let request = || bench.request(web(&["serve-after", "20"])).with_idempotency_key("k1");
    let second = bench.second_engine();
    let (a, b) = futures_util::join!(bench.engine.deploy(request()), second.deploy(request()));
    let ids: Vec<_> = [&a, &b].into_iter().flatten().map(|run| run.id().clone()).collect();
    assert!(!ids.is_empty() && ids.iter().all(|id| *id == ids[0]));
    for run in [&a, &b] {
        match run {
            Ok(run) => assert!(bench.end(run).await.outcome.is_success()),
            Err(error) => assert_eq!(error.code(), &codes::LEASE_HELD),
        }
    }
    assert_eq!(bench.engine.runs(&bench.shop).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_holds_even_where_the_request_could_not_be_made_again() {
    let bench = Bench::new();
    let request = bench.request(web(&["serve"])).with_idempotency_key("k1");
    let run = bench.engine.deploy(request.clone()).await.unwrap();
    bench.end(&run).await;
    let other = bench.request(web(&["serve-after", "1"])).with_idempotency_key("k1");
    let error = bench.engine.deploy(other).await.map(drop).unwrap_err();
    assert_eq!(error.code(), &codes::RUN_IDEMPOTENCY_CONFLICT);
    let again = bench.engine.deploy(request).await.unwrap();
    assert_eq!(again.id(), run.id());
}
