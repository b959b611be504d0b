//! Following what pods write, those among them that are not there yet.

use std::collections::BTreeSet;

use eve_core::{LogItem, Result};
use futures_util::stream::{BoxStream, SelectAll, StreamExt as _, unfold};

use super::log_reader::Run;
use super::read::Reading;
use crate::api::Kind;
use crate::runtime::{K8sRuntime, Look, Looks};

/// The kinds that tell whether more is to come.
const KINDS: [Kind; 4] = [Kind::Pod, Kind::Deployment, Kind::StatefulSet, Kind::Job];

struct Follower {
    reading: Reading,
    looks: Looks,
    look: Look,
    begun: BTreeSet<Run>,
    open: SelectAll<BoxStream<'static, Result<LogItem>>>,
}

/// What pods write, until nobody is left who could.
pub(super) fn follow(reading: Reading) -> BoxStream<'static, Result<LogItem>> {
    let environment = reading.who.environment().clone();
    let runtime = K8sRuntime::new(reading.config.clone(), reading.cluster.clone());
    let follower = Follower {
        looks: runtime.looks(&environment, &KINDS, None),
        look: Look::empty(environment),
        reading,
        begun: BTreeSet::new(),
        open: SelectAll::new(),
    };
    unfold(follower, Follower::step).boxed()
}

impl Follower {
    async fn step(mut self) -> Option<(Result<LogItem>, Self)> {
        loop {
            if self.open.is_empty() {
                if self.looks.is_complete() && !self.may_come() {
                    return None;
                }
                match self.looks.next().await? {
                    Ok(look) => self.take(look),
                    Err(gap) => return Some((Err(gap), self)),
                }
                continue;
            }
            let looked = tokio::select! {
                item = self.open.next() => match item {
                    Some(item) => return Some((item, self)),
                    None => continue,
                },
                looked = self.looks.next() => looked?,
            };
            match looked {
                Ok(look) => self.take(look),
                Err(gap) => return Some((Err(gap), self)),
            }
        }
    }

    /// Begins to read what was not there before.
    fn take(&mut self, look: Look) {
        for run in self.reading.runs(look.of(Kind::Pod)) {
            if self.begun.insert(run.clone()) {
                self.open.push(self.reading.of_run(run));
            }
        }
        self.look = look;
    }

    /// True while somebody is there who may write.
    fn may_come(&self) -> bool {
        let workloads = KINDS.into_iter().filter(|kind| kind.is_workload());
        workloads
            .flat_map(|kind| self.look.of(kind).map(move |one| (kind, one)))
            .any(|(kind, one)| self.reading.may_write(&self.look, kind, one))
    }
}
