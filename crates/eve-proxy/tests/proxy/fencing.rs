//! Younger holders and the late operations of older ones.

use eve_core::{ErrorKind, Fence, Fencing as _, Result, RouteTarget, Routes as _, codes};
use http::StatusCode;

use crate::support::{HOST, Hesitant, Server, World, get, until};

fn assert_lost<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.unwrap_err();
    assert_eq!((error.code(), error.kind()), (&codes::LEASE_LOST, ErrorKind::Fenced));
}

async fn raise(world: &World, fence: u64) {
    world.proxy.raise(&world.environment, Fence::new(fence)).await.unwrap();
}

async fn targets(world: &World) -> Vec<RouteTarget> {
    world.proxy.observe(&world.environment).await.unwrap().remove(0).targets
}

#[tokio::test]
async fn a_switch_whose_confirmation_hangs_while_the_token_is_raised_changes_nothing() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Hesitant::start().await);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    let (cx, to) = (world.under(1, "switch"), [new.target()]);
    let (switched, ()) = tokio::join!(world.proxy.switch(&id, &to, &cx), async {
        let asked = new.asked().await;
        raise(&world, 2).await;
        asked.answer().await;
    });
    assert_lost(switched);
    assert_eq!(targets(&world).await, [old.target()]);
    assert_eq!(world.get("/").await.body, "old");
}

#[tokio::test]
async fn a_swap_that_is_not_confirmed_is_taken_back_before_the_token_is_raised() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Hesitant::start().await);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    let (cx, to) = (world.under(1, "switch"), [new.target()]);
    let (switched, ()) = tokio::join!(world.proxy.switch(&id, &to, &cx), async {
        new.asked().await.answer().await;
        let asked = new.asked().await;
        assert_eq!(targets(&world).await, [new.target()], "the swap is between its two confirmations");
        raise(&world, 2).await;
        assert_eq!(targets(&world).await, [old.target()]);
        asked.answer().await;
    });
    assert_lost(switched);
    assert_eq!(targets(&world).await, [old.target()]);
}

#[tokio::test]
async fn raising_the_same_token_again_takes_nothing_back() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Hesitant::start().await);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    let (cx, to) = (world.under(1, "switch"), [new.target()]);
    let (switched, ()) = tokio::join!(world.proxy.switch(&id, &to, &cx), async {
        new.asked().await.answer().await;
        let asked = new.asked().await;
        raise(&world, 1).await;
        asked.answer().await;
    });
    switched.unwrap();
    assert_eq!(targets(&world).await, [new.target()]);
}

#[tokio::test]
async fn a_swap_whose_caller_went_away_is_confirmed_by_the_next_switch() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Hesitant::start().await);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    let (cx, to) = (world.under(1, "switch"), [new.target()]);
    let half_way = async {
        new.asked().await.answer().await;
        new.asked().await
    };
    let asked = tokio::select! {
        switched = world.proxy.switch(&id, &to, &cx) => panic!("{switched:?} without a confirmation"),
        asked = half_way => asked,
    };
    drop(asked);
    let (switched, ()) = tokio::join!(world.proxy.switch(&id, &to, &cx), async {
        new.asked().await.answer().await;
        new.asked().await.answer().await;
    });
    assert_eq!(switched.unwrap().outcome, eve_core::ChangeOutcome::Updated);
}

#[tokio::test]
async fn a_raised_token_turns_every_older_verb_away() {
    let (world, web) = (World::new().await, Server::start("web").await);
    let id = World::public("/");
    world.lead(&id, &[&web]).await;
    raise(&world, 2).await;
    let old = world.calm();
    assert_lost(world.proxy.prepare(&World::spec(World::internal("api")), &old).await);
    assert_lost(world.proxy.switch(&id, &[web.target()], &old).await);
    assert_lost(world.proxy.drain(&web.instance(), &old).await);
    assert_lost(world.proxy.close(&id, &old).await);
    assert_lost(world.proxy.raise(&world.environment, Fence::new(1)).await);
    assert_eq!(world.proxy.stats().routes, 1);
    assert_eq!(world.get("/").await.body, "web");
}

#[tokio::test]
async fn an_older_holders_drain_cuts_nothing_of_a_younger_ones() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Server::start("new").await);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    let (port, before) = (world.port(), old.requests());
    let slow = tokio::spawn(async move { get(port, HOST, "/slow?1500").await.unwrap() });
    until("a request to arrive", || old.requests() > before).await;
    world.switch(&id, &[&new]).await.unwrap();

    let mut late = world.cx("drain", std::time::Duration::from_millis(500));
    late.fence = Fence::new(1);
    let instance = old.instance();
    let (drained, ()) = tokio::join!(world.proxy.drain(&instance, &late), async {
        raise(&world, 2).await;
        world.proxy.switch(&id, &[old.target()], &world.under(2, "back")).await.unwrap();
    });
    assert_lost(drained);
    let answer = slow.await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "old"));
    assert_eq!(world.get("/").await.body, "old");

    world.proxy.switch(&id, &[new.target()], &world.under(2, "forth")).await.unwrap();
    let drained = world.proxy.drain(&instance, &world.under(2, "drain")).await.unwrap();
    assert_eq!((drained.served, drained.cut), (Some(2), Some(0)));
}

#[tokio::test]
async fn a_refused_prepare_opens_no_door() {
    let world = World::new().await;
    let id = World::internal("api");
    let port = world.internal_port(&id).await;
    raise(&world, 2).await;
    assert_lost(world.proxy.prepare(&World::spec(id.clone()), &world.calm()).await);
    assert!(get(port, "api", "/").await.is_err());
    assert_eq!(world.internal_port(&id).await, port);
}
