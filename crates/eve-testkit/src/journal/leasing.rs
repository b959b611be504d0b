//! What leases and fences promise.

use eve_core::{EnvironmentId, Lease, LeaseName, codes};

use super::Book;
use super::harness::stream;
use crate::Outcome;
use crate::failure::{ensure, ensure_eq, refused};

pub(super) async fn a_held_lease_is_refused_and_its_holder_named(on: &Book) -> Outcome {
    let (first, second) = (on.holder(), on.holder());
    let lease = on.journal.acquire(&name("prod"), &first, Book::LONG).await?;
    ensure_eq!((&lease.holder, &lease.name), (&first, &name("prod")), "the lease");
    ensure!(lease.until > on.env.now(), "the lease is over already");
    let error = refused(
        "a second holder",
        on.journal.acquire(&name("prod"), &second, Book::LONG).await,
        &[&codes::LEASE_HELD],
    )?;
    let hint = error.hint().unwrap_or_default();
    ensure!(hint.contains(first.as_str()), "the hint does not name the holder: {hint:?}");
    on.journal.renew(&lease).await?;
    Ok(())
}

pub(super) async fn an_expired_lease_goes_to_the_next_with_a_larger_fence(on: &Book) -> Outcome {
    let first = on.journal.acquire(&name("prod"), &on.holder(), Book::SHORT).await?;
    on.outlast().await;
    let second = on.journal.acquire(&name("prod"), &on.holder(), Book::LONG).await?;
    ensure!(second.fence > first.fence, "fence {} does not follow {}", second.fence, first.fence);
    Ok(())
}

pub(super) async fn a_released_lease_is_free_and_its_fence_grows_on(on: &Book) -> Outcome {
    let mut last = None;
    for _ in 0..3 {
        let lease = on.journal.acquire(&name("prod"), &on.holder(), Book::LONG).await?;
        ensure!(last < Some(lease.fence), "fence {} does not follow {last:?}", lease.fence);
        last = Some(lease.fence);
        on.journal.release(&lease).await?;
    }
    Ok(())
}

pub(super) async fn renewing_holds_a_lease_beyond_its_time(on: &Book) -> Outcome {
    let ttl = Book::SHORT * 4;
    let mut lease: Lease = on.journal.acquire(&name("prod"), &on.holder(), ttl).await?;
    let first = lease.clone();
    for _ in 0..6 {
        on.env.sleep(ttl / 4).await;
        lease = on.journal.renew(&lease).await?;
    }
    ensure_eq!(lease.fence, first.fence, "renewing changed the fence");
    ensure!(lease.until > first.until, "renewing did not move the end");
    let other = on.journal.acquire(&name("prod"), &on.holder(), Book::LONG).await;
    refused("another holder", other, &[&codes::LEASE_HELD]).map(drop)
}

pub(super) async fn a_lost_lease_cannot_be_renewed_and_can_be_released(on: &Book) -> Outcome {
    let lost = on.journal.acquire(&name("prod"), &on.holder(), Book::SHORT).await?;
    on.outlast().await;
    let held = on.journal.acquire(&name("prod"), &on.holder(), Book::LONG).await?;
    refused("renewing a lost lease", on.journal.renew(&lost).await, &[&codes::LEASE_LOST])?;
    on.journal.release(&lost).await?;
    // The release of what was lost took nothing from the present holder.
    on.journal.renew(&held).await?;
    Ok(())
}

pub(super) async fn an_append_under_an_older_fence_is_refused_and_appends_nothing(on: &Book) -> Outcome {
    let run = stream("env/prod");
    let old = on.journal.acquire(&name("prod"), &on.holder(), Book::LONG).await?;
    on.journal.append(&run, 0, Some(&old.fenced()), on.records(0..1)).await?;
    on.journal.release(&old).await?;
    let late = on.journal.append(&run, 1, Some(&old.fenced()), on.records(9..10)).await;
    refused("an append under a released lease", late, &[&codes::LEASE_LOST])?;
    let new = on.journal.acquire(&name("prod"), &on.holder(), Book::LONG).await?;
    let late = on.journal.append(&run, 1, Some(&old.fenced()), on.records(9..10)).await;
    refused("an append under an older fence", late, &[&codes::LEASE_LOST])?;
    ensure_eq!(on.journal.read(&run, 0, 10).await?.len(), 1, "a refused append left entries");
    on.journal.append(&run, 1, Some(&new.fenced()), on.records(1..2)).await?;
    Ok(())
}

pub(super) async fn an_append_under_an_expired_lease_is_refused(on: &Book) -> Outcome {
    let lease = on.journal.acquire(&name("prod"), &on.holder(), Book::SHORT).await?;
    on.outlast().await;
    let next = on.journal.acquire(&name("prod"), &on.holder(), Book::LONG).await?;
    let late = on.journal.append(&stream("env/prod"), 0, Some(&lease.fenced()), on.records(0..1)).await;
    refused("an append under an expired lease", late, &[&codes::LEASE_LOST])?;
    on.journal.append(&stream("env/prod"), 0, Some(&next.fenced()), on.records(0..1)).await?;
    Ok(())
}

pub(super) async fn leases_do_not_know_each_other(on: &Book) -> Outcome {
    let prod = on.journal.acquire(&name("prod"), &on.holder(), Book::LONG).await?;
    let test = on.journal.acquire(&name("test"), &on.holder(), Book::LONG).await?;
    on.journal.release(&prod).await?;
    on.journal.renew(&test).await?;
    Ok(())
}

fn name(env: &str) -> LeaseName {
    let id = EnvironmentId::parse(&format!("acme/shop/{env}")).expect("the suite's names are valid");
    LeaseName::environment(&id)
}
