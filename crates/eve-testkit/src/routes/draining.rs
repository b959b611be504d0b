//! What draining promises.

use std::time::Duration;

use eve_core::{Cancel, OpId, codes};
use futures_util::future::join;

use super::Crossing;
use super::switching::{arrived, slow};
use crate::failure::{ensure, ensure_eq, refused};
use crate::{Failure, HttpInstance, Outcome};

pub(super) async fn an_instance_that_was_never_a_target_is_drained(on: &Crossing) -> Outcome {
    let stray = HttpInstance::start("stray").await?;
    let drained = on.routes.drain(&stray.target().instance, &on.cx(&on.environment, "drain stray")).await?;
    ensure!(drained.cut.unwrap_or(0) == 0, "requests of nobody were cut: {drained:?}");
    ensure!(drained.served.unwrap_or(0) == 0, "nobody was served: {drained:?}");
    Ok(())
}

pub(super) async fn drain_numbers_are_told_again(on: &Crossing) -> Outcome {
    let (blue, green) = (HttpInstance::start("blue").await?, HttpInstance::start("green").await?);
    let [public, _] = on.both()?;
    on.prepare(&public).await?;
    on.switch(&public, &[blue.target().clone()]).await?;
    on.leads_to(&public, &blue).await?;
    on.switch(&public, &[green.target().clone()]).await?;
    let first = on.routes.drain(&blue.target().instance, &on.cx(&on.environment, "drain blue")).await?;
    let again = on.routes.drain(&blue.target().instance, &on.cx(&on.environment, "drain blue")).await?;
    ensure_eq!(first, again, "the same operation told other numbers");
    if on.harness.carries_requests() {
        ensure!(first.served.is_none_or(|served| served >= 1), "a request was served and not counted: {first:?}");
    }
    Ok(())
}

pub(super) async fn drain_numbers_that_are_forgotten_are_counted_anew(on: &Crossing) -> Outcome {
    let (blue, stray) = (HttpInstance::start("blue").await?, HttpInstance::start("stray").await?);
    let [public, _] = on.both()?;
    on.prepare(&public).await?;
    on.switch(&public, &[blue.target().clone()]).await?;
    on.leads_to(&public, &blue).await?;
    let cx = on.cx(&on.environment, "drain");
    on.routes.drain(&blue.target().instance, &cx).await?;
    on.routes.forget(&cx.operation, &cx).await?;
    let anew = on.routes.drain(&stray.target().instance, &cx).await?;
    ensure!(anew.served.unwrap_or(0) == 0, "what was forgotten is told again: {anew:?}");
    on.routes.forget(&cx.operation, &cx).await?;
    // What is not known is forgotten already.
    on.routes.forget(&cx.operation, &cx).await?;
    on.routes.forget(&OpId::new("drain of nobody"), &on.cx(&on.neighbour, "forget")).await?;
    Ok(())
}

pub(super) async fn a_drain_waits_for_what_is_under_way(on: &Crossing) -> Outcome {
    let green = HttpInstance::start("green").await?;
    for route in on.both()? {
        let blue = HttpInstance::start("blue").await?;
        on.prepare(&route).await?;
        on.switch(&route, &[blue.target().clone()]).await?;
        let drain = async {
            arrived(on, &blue).await?;
            on.switch(&route, &[green.target().clone()]).await?;
            let let_go = async {
                on.env.sleep(Duration::from_millis(200)).await;
                blue.let_go();
            };
            let cx = on.cx(&on.environment, &format!("drain blue of {}", route.id));
            let (drained, ()) = join(on.routes.drain(&blue.target().instance, &cx), let_go).await;
            Ok::<_, Failure>(drained?)
        };
        let (answer, drained) = join(slow(on, &route), drain).await;
        let drained = drained?;
        ensure!(drained.cut.unwrap_or(0) == 0, "something was cut: {drained:?}");
        if let Some(answer) = answer? {
            ensure_eq!(answer, (200, "blue".to_owned()), "the answer of the request that was under way");
            ensure!(drained.drained.is_none_or(|count| count >= 1), "it is not among the drained: {drained:?}");
        }
    }
    Ok(())
}

pub(super) async fn what_is_open_at_the_deadline_is_cut_and_counted(on: &Crossing) -> Outcome {
    let (blue, green) = (HttpInstance::start("blue").await?, HttpInstance::start("green").await?);
    let [public, _] = on.both()?;
    on.prepare(&public).await?;
    on.switch(&public, &[blue.target().clone()]).await?;
    let drain = async {
        arrived(on, &blue).await?;
        on.switch(&public, &[green.target().clone()]).await?;
        let cx = on.cx_within(&on.environment, "drain blue", Duration::from_millis(500));
        Ok::<_, Failure>(on.routes.drain(&blue.target().instance, &cx).await?)
    };
    let (answer, drained) = join(slow(on, &public), drain).await;
    let drained = drained?;
    if on.harness.carries_requests() {
        ensure!(drained.cut.is_none_or(|cut| cut >= 1), "a request was open and none was cut: {drained:?}");
        let whole = matches!(&answer, Ok(Some((200, body))) if body == "blue");
        ensure!(!whole, "a request that was never answered has an answer");
    }
    Ok(())
}

pub(super) async fn a_cancelled_drain_says_so(on: &Crossing) -> Outcome {
    let (blue, green) = (HttpInstance::start("blue").await?, HttpInstance::start("green").await?);
    let [public, _] = on.both()?;
    on.prepare(&public).await?;
    on.switch(&public, &[blue.target().clone()]).await?;
    let cancelled = async {
        arrived(on, &blue).await?;
        on.switch(&public, &[green.target().clone()]).await?;
        let cancel = Cancel::new();
        cancel.cancel();
        let cx = on.cx(&on.environment, "drain blue").with_cancel(cancel);
        let drained = on.routes.drain(&blue.target().instance, &cx).await;
        blue.let_go();
        refused("a cancelled drain", drained, &[&codes::CANCELLED])
    };
    // The request that is under way is left alone: it comes to its end.
    let (answer, refused) = join(slow(on, &public), cancelled).await;
    refused?;
    if let Some(answer) = answer? {
        ensure_eq!(answer, (200, "blue".to_owned()), "the answer of the request that was under way");
    }
    Ok(())
}
