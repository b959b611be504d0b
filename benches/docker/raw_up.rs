//! Services brought up without any client.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::Failure;
use crate::engine::Engine;

/// Makes a network, and then makes and starts so many containers, `width` of them at a time: what an
/// ideal client would reach. Returns how long that took; everything is removed again.
pub(crate) async fn raw_up(engine: &Engine, services: usize, width: usize) -> Result<Duration, Failure> {
    let begin = Instant::now();
    let name = format!("{}-raw", engine.label().replace('=', "-"));
    let network = engine.create_network(&name).await?;
    let turns = Arc::new(Semaphore::new(width));
    let mut starting = JoinSet::new();
    for service in 0..services {
        let (engine, turns, name) = (engine.clone(), Arc::clone(&turns), name.clone());
        starting.spawn(async move {
            // Never closed.
            let _turn = turns.acquire().await;
            let id = engine.create(&name, &format!("s{service}")).await?;
            engine.start(&id).await.map(|()| id)
        });
    }
    let started: Result<Vec<String>, Failure> = starting.join_all().await.into_iter().collect();
    let took = begin.elapsed();
    let mut removing: JoinSet<Result<(), Failure>> = JoinSet::new();
    for id in started? {
        let engine = engine.clone();
        removing.spawn(async move { engine.remove_container(&id).await });
    }
    removing.join_all().await.into_iter().collect::<Result<(), Failure>>()?;
    engine.remove_network(&network).await?;
    Ok(took)
}
