//! Leases with fencing tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Env, Error, Fence, Fenced, HolderId, Lease, LeaseName, Monotonic, Result, codes};

/// Who holds what. A holder whose time is over holds nothing, whether or not somebody else came.
#[derive(Debug, Default)]
pub(super) struct Leases(BTreeMap<LeaseName, Row>);

#[derive(Debug, Default)]
struct Row {
    /// Never goes back, not even when the lease is given back.
    fence: Fence,
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    lease: Lease,
    end: Monotonic,
}

impl Leases {
    pub(super) fn acquire(
        &mut self,
        env: &dyn Env,
        name: &LeaseName,
        holder: &HolderId,
        ttl: Duration,
    ) -> Result<Lease> {
        let row = self.0.entry(name.clone()).or_default();
        if let Some(held) = row.held.as_ref().filter(|held| env.monotonic() < held.end) {
            return Err(Error::conflict(codes::LEASE_HELD, format!("another holder has the lease {name}"))
                .with_hint(format!("{} holds it until {}", held.lease.holder, held.lease.until)));
        }
        row.fence = Fence::new(row.fence.number() + 1);
        let lease = Lease::new(name.clone(), holder.clone(), row.fence, ttl, env.now() + ttl);
        row.held = Some(Held { lease: lease.clone(), end: env.monotonic() + ttl });
        Ok(lease)
    }

    pub(super) fn renew(&mut self, env: &dyn Env, lease: &Lease) -> Result<Lease> {
        let held = self.held(env, &lease.fenced())?;
        held.lease.ttl = lease.ttl;
        held.lease.until = env.now() + lease.ttl;
        held.end = env.monotonic() + lease.ttl;
        Ok(held.lease.clone())
    }

    pub(super) fn release(&mut self, lease: &Lease) {
        if let Some(row) = self.0.get_mut(&lease.name)
            && row.fence == lease.fence
        {
            row.held = None;
        }
    }

    /// Fails unless the token is the present holder's.
    pub(super) fn check(&mut self, env: &dyn Env, fenced: &Fenced) -> Result<()> {
        self.held(env, fenced).map(|_| ())
    }

    fn held(&mut self, env: &dyn Env, fenced: &Fenced) -> Result<&mut Held> {
        self.0
            .get_mut(&fenced.lease)
            .and_then(|row| row.held.as_mut())
            .filter(|held| held.lease.fence == fenced.fence && env.monotonic() < held.end)
            .ok_or_else(|| {
                let text = format!("token {} of the lease {} is not its present holder's", fenced.fence, fenced.lease);
                Error::fenced(codes::LEASE_LOST, text)
            })
    }
}
