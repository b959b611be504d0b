//! Staying with a supervisor.

use std::sync::Arc;

use eve_core::{Cancel, Env};
use eve_runtime_process::ChildHolder;
use futures_util::StreamExt as _;

/// Stays with a supervisor as long as it lives: one that is killed is started again at once, and
/// takes over what it held, whether or not the engine has anything to ask.
#[derive(Debug)]
pub(super) struct Vigil(Cancel);

impl Vigil {
    pub(super) fn begin(env: &dyn Env, children: Arc<dyn ChildHolder>) -> Self {
        let over = Cancel::new();
        let until = over.clone();
        env.spawn(Box::pin(async move {
            // The stream asks again whenever it is lost, which is what starts the next supervisor.
            let mut changes = children.watch();
            loop {
                tokio::select! {
                    () = until.cancelled() => return,
                    change = changes.next() => match change {
                        Some(Ok(_)) => {}
                        Some(Err(error)) => tracing::warn!(error = %error, "the supervisor is away"),
                        None => return,
                    },
                }
            }
        }));
        Self(over)
    }

    /// Stays no longer.
    pub(super) fn end(&self) {
        self.0.cancel();
    }
}

impl Drop for Vigil {
    fn drop(&mut self) {
        self.end();
    }
}
