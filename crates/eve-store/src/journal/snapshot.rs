//! The rules of appends and leases.

use std::collections::HashMap;

use eve_core::{Entry, Error, Fence, Fenced, HolderId, Lease, LeaseName, Result, StreamId, Timestamp, codes};

use super::chain::Head;
use super::command::{Acquire, Append};
use crate::holders::Standings;

/// What is stored of the streams and leases that a transaction looks at, what is known of their
/// holders, and what it changes in them. The rules are here, without IO: each decision sees the
/// ones before.
#[derive(Debug)]
pub(super) struct Snapshot {
    now: Timestamp,
    heads: HashMap<StreamId, Head>,
    leases: HashMap<LeaseName, LeaseRow>,
    standings: Standings,
    written: Written,
}

/// What a lease is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeaseRow {
    /// The fence of the last taking. It only grows.
    pub(super) fence: Fence,
    /// Who took it last, unless it was given back.
    pub(super) holder: Option<HolderId>,
    /// Until when.
    pub(super) until: Timestamp,
}

/// What a transaction is to write.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// New entries, each with its digest.
    pub(super) entries: Vec<(Entry, String)>,
    /// Streams whose end moved.
    pub(super) heads: HashMap<StreamId, Head>,
    /// Leases that changed.
    pub(super) leases: HashMap<LeaseName, LeaseRow>,
    /// How many appends were accepted.
    pub(super) appends: u64,
}

impl Snapshot {
    /// What is stored at an instant.
    pub(super) fn new(
        now: Timestamp,
        heads: HashMap<StreamId, Head>,
        leases: HashMap<LeaseName, LeaseRow>,
        standings: Standings,
    ) -> Self {
        Self { now, heads, leases, standings, written: Written::default() }
    }

    /// What is to be written.
    pub(super) fn into_written(self) -> Written {
        self.written
    }

    /// Appends all records or none.
    pub(super) fn append(&mut self, append: &Append) -> Result<u64> {
        if let Some(fence) = &append.fence {
            self.holder(fence)?;
        }
        let mut head = self.heads.get(&append.stream).cloned().unwrap_or_default();
        if head.sequence != append.expected {
            let text =
                format!("stream {} is at {}, the writer expected {}", append.stream, head.sequence, append.expected);
            return Err(Error::conflict(codes::JOURNAL_CONFLICT, text).with_hint("read the stream again"));
        }
        self.written.appends += 1;
        if append.records.is_empty() {
            return Ok(head.sequence);
        }
        for record in &append.records {
            head = head.next(&append.stream, record);
            let entry = Entry::new(append.stream.clone(), head.sequence, record.clone());
            self.written.entries.push((entry, head.digest.clone()));
        }
        let last = head.sequence;
        self.written.heads.insert(append.stream.clone(), head.clone());
        self.heads.insert(append.stream.clone(), head);
        Ok(last)
    }

    /// Takes a lease that nobody holds.
    pub(super) fn acquire(&mut self, acquire: &Acquire) -> Result<Lease> {
        let stored = self.leases.get(&acquire.lease);
        if let Some((holder, until)) = stored.and_then(|row| row.held(self.now, &self.standings)) {
            let who = self.standings.who(holder);
            let text = format!("lease {} is held by {holder} in {who} until {until}", acquire.lease);
            let hint = format!("wait until {holder} gives it back or its process ends, or for the end of its time");
            return Err(Error::conflict(codes::LEASE_HELD, text).with_hint(hint));
        }
        let fence = Fence::new(stored.map_or(0, |row| row.fence.number()) + 1);
        let until = self.now + acquire.ttl;
        self.store(&acquire.lease, LeaseRow { fence, holder: Some(acquire.holder.clone()), until });
        Ok(Lease::new(acquire.lease.clone(), acquire.holder.clone(), fence, acquire.ttl, until))
    }

    /// Holds a lease for longer.
    pub(super) fn renew(&mut self, lease: &Lease) -> Result<Lease> {
        let holder = self.holder(&lease.fenced())?.clone();
        let until = self.now + lease.ttl;
        self.store(&lease.name, LeaseRow { fence: lease.fence, holder: Some(holder.clone()), until });
        Ok(Lease::new(lease.name.clone(), holder, lease.fence, lease.ttl, until))
    }

    /// Gives a lease back, if it was not lost.
    pub(super) fn release(&mut self, lease: &Lease) {
        if self.holder(&lease.fenced()).is_ok() {
            self.store(&lease.name, LeaseRow { fence: lease.fence, holder: None, until: self.now });
        }
    }

    fn store(&mut self, name: &LeaseName, row: LeaseRow) {
        self.written.leases.insert(name.clone(), row.clone());
        self.leases.insert(name.clone(), row);
    }

    /// Who holds a lease with this fence now.
    fn holder(&self, fenced: &Fenced) -> Result<&HolderId> {
        let stored = self.leases.get(&fenced.lease).filter(|row| row.fence == fenced.fence);
        stored.and_then(|row| row.held(self.now, &self.standings)).map(|(holder, _)| holder).ok_or_else(|| {
            let text = format!("lease {} with fence {} was lost", fenced.lease, fenced.fence);
            Error::fenced(codes::LEASE_LOST, text).with_hint("acquire the lease again and look at what happened since")
        })
    }
}

impl LeaseRow {
    /// Who holds it at an instant, and until when. Who is gone holds nothing, whatever the time.
    fn held(&self, now: Timestamp, standings: &Standings) -> Option<(&HolderId, Timestamp)> {
        let holder = self.holder.as_ref().filter(|holder| now < self.until && !standings.is_gone(holder))?;
        Some((holder, self.until))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use eve_core::{Body, Code, EnvironmentId, Record};

    use super::*;
    use crate::holders::Standing;
    use crate::who::Who;

    const TTL: Duration = Duration::from_secs(10);

    fn at(seconds: u64, leases: HashMap<LeaseName, LeaseRow>) -> Snapshot {
        known(seconds, leases, [])
    }

    fn known<const N: usize>(
        seconds: u64,
        leases: HashMap<LeaseName, LeaseRow>,
        standings: [(&str, Standing); N],
    ) -> Snapshot {
        let standings = standings.map(|(holder, standing)| (HolderId::new(holder).unwrap(), standing));
        let now = Timestamp::from_millis(seconds * 1000);
        Snapshot::new(now, HashMap::new(), leases, standings.into_iter().collect())
    }

    fn acquire(holder: &str) -> Acquire {
        let lease = LeaseName::environment(&EnvironmentId::parse("acme/shop/test").unwrap());
        Acquire { lease, holder: HolderId::new(holder).unwrap(), ttl: TTL }
    }

    fn append(fence: Option<&Lease>, expected: u64, records: usize) -> Append {
        let record = Record::new("k", 1, Timestamp::default(), Body::from_canonical("{}"));
        let stream = StreamId::from_stored("s");
        Append { stream, expected, fence: fence.map(Lease::fenced), records: vec![record; records] }
    }

    fn code<T: std::fmt::Debug>(result: Result<T>) -> Code {
        result.unwrap_err().code().clone()
    }

    #[test]
    fn a_held_lease_is_refused_and_tells_who_holds_it_until_when() {
        let present = Standing::Present(Who { pid: Some(12), purpose: Some("an engine".into()) });
        let mut stored = known(0, HashMap::new(), [("hold_a", present)]);
        let until = stored.acquire(&acquire("hold_a")).unwrap().until.to_string();
        let error = stored.acquire(&acquire("hold_b")).unwrap_err();
        assert_eq!(error.code(), &codes::LEASE_HELD);
        let text = error.to_string();
        assert!(["hold_a", "12", "an engine", &until].iter().all(|part| text.contains(part)), "{text}");
        assert!(error.hint().unwrap().contains("hold_a"));
    }

    #[test]
    fn who_is_gone_holds_nothing_and_the_next_fence_is_greater() {
        let mut stored = at(0, HashMap::new());
        let dead = stored.acquire(&acquire("hold_a")).unwrap();
        let leases = stored.into_written().leases;

        let mut stored = known(1, leases.clone(), [("hold_a", Standing::Gone)]);
        assert_eq!(code(stored.append(&append(Some(&dead), 0, 1))), codes::LEASE_LOST);
        assert_eq!(code(stored.renew(&dead)), codes::LEASE_LOST);
        stored.release(&dead);
        assert!(stored.written.leases.is_empty(), "nothing is left to give back");
        let next = stored.acquire(&acquire("hold_b")).unwrap();
        assert!(next.fence > dead.fence);
        assert_eq!(stored.append(&append(Some(&next), 0, 1)).unwrap(), 1);

        let mut stored = known(1, leases, [("hold_b", Standing::Gone)]);
        let error = stored.acquire(&acquire("hold_b")).unwrap_err();
        assert_eq!(error.code(), &codes::LEASE_HELD, "of whom nothing is known is present");
    }

    #[test]
    fn fences_grow_over_expiry_and_release() {
        let mut stored = at(0, HashMap::new());
        let first = stored.acquire(&acquire("hold_a")).unwrap();
        let mut stored = at(10, stored.into_written().leases);
        let second = stored.acquire(&acquire("hold_b")).unwrap();
        stored.release(&first);
        assert_eq!(code(stored.acquire(&acquire("hold_c"))), codes::LEASE_HELD, "only its holder gives it back");
        stored.release(&second);
        let third = stored.acquire(&acquire("hold_c")).unwrap();
        assert!(first.fence < second.fence && second.fence < third.fence);
    }

    #[test]
    fn a_lease_is_renewed_before_its_end_and_lost_after_it() {
        let mut stored = at(0, HashMap::new());
        let lease = stored.acquire(&acquire("hold_a")).unwrap();
        let mut stored = at(9, stored.into_written().leases);
        let renewed = stored.renew(&lease).unwrap();
        assert_eq!((renewed.fence, renewed.until), (lease.fence, Timestamp::from_millis(19_000)));
        let mut stored = at(19, stored.into_written().leases);
        assert_eq!(code(stored.renew(&renewed)), codes::LEASE_LOST);
        assert_eq!(code(stored.append(&append(Some(&lease), 0, 1))), codes::LEASE_LOST);
    }

    #[test]
    fn a_refused_append_leaves_the_stream_to_the_next_one() {
        let mut stored = at(0, HashMap::new());
        assert_eq!(stored.append(&append(None, 0, 2)).unwrap(), 2);
        assert_eq!(code(stored.append(&append(None, 0, 3))), codes::JOURNAL_CONFLICT);
        assert_eq!(stored.append(&append(None, 2, 1)).unwrap(), 3);
        assert_eq!(stored.append(&append(None, 3, 0)).unwrap(), 3);
        let written = stored.into_written();
        assert_eq!((written.entries.len(), written.appends), (3, 3));
        assert_eq!(written.heads[&StreamId::from_stored("s")].sequence, 3);
    }
}
