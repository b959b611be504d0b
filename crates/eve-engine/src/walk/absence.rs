//! Instances that were there and are not any more.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use eve_core::{Env, Expected, Finding, InstanceRef, Monotonic, ObjectId, Observed, Subject, codes};

/// How long an instance must have been away: a view that lags behind may lack it for a moment.
const AWAY: Duration = Duration::from_secs(2);

/// Remembers which instances were met, and since when one of them is away.
///
/// Nobody but the walk itself removes an instance that a gate waits for, so that one that went was
/// removed by somebody else, and never comes back by itself.
#[derive(Debug, Default)]
pub(super) struct Absence {
    met: BTreeMap<ObjectId, InstanceRef>,
    away: BTreeMap<ObjectId, Monotonic>,
}

impl Absence {
    /// A finding about an instance that has been away for too long.
    pub(super) fn look(
        &mut self,
        expected: &[Expected],
        versions: &BTreeMap<ObjectId, u64>,
        seen: &Observed,
        env: &dyn Env,
    ) -> Option<Finding> {
        let floor = |object: &ObjectId| versions.get(object).copied().unwrap_or_default();
        let there: BTreeSet<&ObjectId> = seen.ours().map(|object| &object.id).collect();
        for want in expected {
            let met = seen.ours().find(|object| {
                object.id == want.object
                    && object.hash.as_ref() == Some(&want.hash)
                    && object.version >= floor(&want.object)
            });
            if let Some(object) = met {
                self.met.insert(object.id.clone(), object.instance());
            }
            if there.contains(&want.object) {
                self.away.remove(&want.object);
                continue;
            }
            let Some(instance) = self.met.get(&want.object) else { continue };
            let now = env.monotonic();
            if now.since(*self.away.entry(want.object.clone()).or_insert(now)) >= AWAY {
                return Some(gone(want, instance, env));
            }
        }
        None
    }
}

fn gone(want: &Expected, instance: &InstanceRef, env: &dyn Env) -> Finding {
    let mut subject = Subject::default();
    subject.instance = Some(instance.clone());
    subject.hash = Some(want.hash.clone());
    let text = format!("{} was removed by somebody else", want.object);
    Finding::new(codes::WORKLOAD_GONE, subject, text, env.now())
        .with_hint("find out who removes what Eve made, and deploy again")
}
