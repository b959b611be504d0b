//! What random kills came to.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::{Breach, Outage, Request};

/// What random kills came to.
#[derive(Debug, Default)]
pub struct Toll {
    /// How often an engine alone, a supervisor alone, and both were killed.
    pub kills: [usize; 3],
    /// The runs that were journaled.
    pub runs: usize,
    /// How often an engine took one up.
    pub resumed: u32,
    /// How runs ended for whoever asked, by what was asked for.
    pub heard: BTreeMap<String, usize>,
    /// What was lost or doubled.
    pub breaches: Vec<Breach>,
    /// What is not as the ledger says.
    pub wrong: Vec<String>,
    /// What was left after everything was deleted.
    pub left: Vec<String>,
    /// Requests that were sent.
    pub sent: usize,
    /// Those that were lost and that no supervisor's death explains.
    pub lost: Vec<String>,
    /// Those that were lost through a supervisor's death.
    pub excused: usize,
    /// How long the ingress was away each time.
    pub away: Vec<Duration>,
    /// How often it did not come back.
    pub gone: usize,
}

impl Toll {
    /// Counts requests, and lays each loss at somebody's door.
    pub fn count_requests(&mut self, requests: &[Request], outages: &[Outage]) {
        self.sent = requests.len();
        let first = requests.iter().map(|request| request.began).min();
        for request in requests {
            let Some(cause) = &request.lost else { continue };
            if outages.iter().any(|outage| outage.meets(request)) {
                self.excused += 1;
            } else {
                let since = first.map_or(Duration::ZERO, |first| request.began - first);
                self.lost.push(format!("host {} at {since:.2?}: {cause}", request.host));
            }
        }
        self.away = outages.iter().filter_map(Outage::length).collect();
        self.away.sort();
        self.gone = outages.len() - self.away.len();
    }

    /// Fails if anything is as it must not be.
    ///
    /// # Errors
    /// With how much of it there is.
    pub fn judge(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let faults = self.breaches.len() + self.wrong.len() + self.left.len() + self.lost.len() + self.gone;
        if faults > 0 {
            return Err(format!("{faults} things are as they must not be").into());
        }
        if self.runs == 0 || self.sent == 0 {
            return Err("nothing was asked for".into());
        }
        Ok(())
    }
}

impl fmt::Display for Toll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for breach in &self.breaches {
            writeln!(f, "BROKEN {breach}")?;
        }
        for wrong in &self.wrong {
            writeln!(f, "WRONG {wrong}")?;
        }
        for left in &self.left {
            writeln!(f, "LEFT OVER {left}")?;
        }
        for lost in &self.lost {
            writeln!(f, "LOST {lost}")?;
        }
        for (what, count) in &self.heard {
            writeln!(f, "{count:>5} {what}")?;
        }
        writeln!(f, "runs taken up by another engine: {}", self.resumed)?;
        let millis = |length: Option<&Duration>| length.map_or(0, Duration::as_millis);
        let median = millis(self.away.get(self.away.len() / 2));
        let (max, gone) = (millis(self.away.last()), self.gone);
        writeln!(f, "ingress away after a supervisor's death: median {median} ms, max {max} ms, for good {gone}")?;
        let [engine, supervisor, both] = self.kills;
        let kills = engine + supervisor + both;
        let lost = self.breaches.iter().filter(|breach| matches!(breach, Breach::Lost(_))).count();
        let doubled = self.breaches.len() - lost;
        write!(f, "kills {kills} (engine {engine}, supervisor {supervisor}, both {both}), runs {}, ", self.runs)?;
        write!(f, "lost runs {lost}, doubled {doubled}, leftovers {}, requests {} sent, ", self.left.len(), self.sent)?;
        writeln!(f, "lost through engine kills {}, through supervisor kills {}", self.lost.len(), self.excused)
    }
}
