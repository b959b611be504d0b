//! Services brought up and down without any client.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::Failure;
use crate::engine::Engine;

/// Makes a network, and then makes and starts so many containers, `width` of them at a time; then ends
/// and removes them in the same way: what an ideal client would reach. Returns how long either took.
pub(crate) async fn raw_up(engine: &Engine, services: usize, width: usize) -> Result<(Duration, Duration), Failure> {
    let begin = Instant::now();
    let name = format!("{}-raw", engine.label().replace('=', "-"));
    let network = engine.create_network(&name).await?;
    let names = (0..services).map(|service| format!("s{service}"));
    let started = at_once(width, names, |service| {
        let (engine, name) = (engine.clone(), name.clone());
        async move {
            let id = engine.create(&name, &service).await?;
            engine.start(&id).await.map(|()| id)
        }
    })
    .await?;
    let up = begin.elapsed();
    let begin = Instant::now();
    at_once(width, started.into_iter(), |id| {
        let engine = engine.clone();
        async move {
            engine.stop(&id).await?;
            engine.remove_container(&id).await
        }
    })
    .await?;
    engine.remove_network(&network).await?;
    Ok((up, begin.elapsed()))
}

/// Does something for each of them, `width` of them at a time.
async fn at_once<T, F>(
    width: usize,
    each: impl Iterator<Item = String>,
    what: impl Fn(String) -> F,
) -> Result<Vec<T>, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let turns = Arc::new(Semaphore::new(width));
    let mut doing = JoinSet::new();
    for one in each {
        let (turns, one) = (Arc::clone(&turns), what(one));
        doing.spawn(async move {
            // Never closed.
            let _turn = turns.acquire().await;
            one.await
        });
    }
    doing.join_all().await.into_iter().collect()
}
