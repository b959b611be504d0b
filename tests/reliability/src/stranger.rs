//! Somebody who changes things between an engine's death and the next one.

use std::time::Duration;

use eve::{Deadline, Embedded, EnvironmentId, HolderId, LeaseName, Object, Op, OpCx, OpId, Result};

use crate::{Ground, get};

/// Which stranger: what he does, and to which of the things that are there, hangs on his number alone.
#[derive(Debug, Clone, Copy)]
pub struct Stranger {
    deed: Deed,
    which: usize,
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    /// Ends a ready service's process by SIGKILL. One that was never ready may fail its release by that, or be
    /// cancelled first: who is faster decides.
    Kill,
    /// Ends an instance.
    Remove,
    /// Closes a route.
    Close,
}

impl Stranger {
    /// The stranger with a number.
    pub fn new(number: usize) -> Self {
        let deed = [Deed::Kill, Deed::Remove, Deed::Close][number % 3];
        Self { deed, which: number / 3 }
    }

    /// Does it, and says what was done.
    ///
    /// # Errors
    /// Whatever the backends answer.
    pub async fn act(&self, eve: &Embedded, ground: Ground, env: &EnvironmentId) -> Result<String> {
        match self.deed {
            Deed::Kill => self.kill(eve, ground, env).await,
            Deed::Remove => self.remove(eve, env).await,
            Deed::Close => self.close(eve, env).await,
        }
    }

    async fn kill(&self, eve: &Embedded, ground: Ground, env: &EnvironmentId) -> Result<String> {
        let mut objects = Self::objects(eve, env).await?;
        objects.retain(|object| object.state.is_ready());
        let answer = |object: Object| {
            let address = object.addresses.values().next()?.to_string();
            let pid = get(&address, "a.stranger")?.rsplit_once(' ')?.1.parse().ok()?;
            Some((object, pid))
        };
        let answering: Vec<_> = objects.into_iter().filter_map(answer).collect();
        let Some((object, pid)) = self.choose(&answering) else { return Ok("found nobody to kill".to_owned()) };
        let done = if ground.kill(env, object, *pid) { "killed the process of" } else { "came too late to kill" };
        Ok(format!("{done} {}", object.id))
    }

    async fn remove(&self, eve: &Embedded, env: &EnvironmentId) -> Result<String> {
        let objects = Self::objects(eve, env).await?;
        let Some(object) = self.choose(&objects) else { return Ok("found nothing to remove".to_owned()) };
        let op = Op::delete(object, "a stranger wants it");
        Self::operation(eve, env, op.id.clone(), async |cx| {
            eve.parts().runtime.perform(&op, &cx).await?;
            Ok(format!("removed {}", object.instance()))
        })
        .await
    }

    async fn close(&self, eve: &Embedded, env: &EnvironmentId) -> Result<String> {
        let routes = eve.parts().routes.observe(env).await?;
        let Some(route) = self.choose(&routes) else { return Ok("found no route to close".to_owned()) };
        Self::operation(eve, env, OpId::new(format!("a stranger closes {}", route.id)), async |cx| {
            eve.parts().routes.close(&route.id, &cx).await?;
            Ok(format!("closed {}", route.id))
        })
        .await
    }

    /// What runs, by service and name.
    async fn objects(eve: &Embedded, env: &EnvironmentId) -> Result<Vec<Object>> {
        let seen = eve.parts().runtime.observe(env).await?;
        let mut objects: Vec<_> = seen.ours().filter(|object| object.state.is_live()).cloned().collect();
        objects.sort_by(|a, b| (&a.service, &a.id).cmp(&(&b.service, &b.id)));
        Ok(objects)
    }

    fn choose<'a, T>(&self, all: &'a [T]) -> Option<&'a T> {
        (!all.is_empty()).then(|| &all[self.which % all.len()])
    }

    /// Does something under a lease of its own: without one, the backends refuse it.
    async fn operation<T>(
        eve: &Embedded,
        env: &EnvironmentId,
        id: OpId,
        act: impl AsyncFnOnce(OpCx) -> Result<T>,
    ) -> Result<T> {
        const TIME: Duration = Duration::from_secs(10);
        let parts = eve.parts();
        let holder = HolderId::generate(&*parts.env);
        let lease = parts.journal.acquire(&LeaseName::environment(env), &holder, TIME).await?;
        let deadline = Deadline::after(&*parts.env, TIME);
        let done = act(OpCx::new(parts.env.clone(), env.clone(), id, lease.fence, deadline)).await;
        parts.journal.release(&lease).await?;
        done
    }
}
