//! What many deploys under one load came to.

use std::time::Duration;

use crate::bounds;
use crate::cell::{Cell, Through};
use crate::load::{Loss, Seen, Tally};
use crate::sockets;

/// What many deploys under one load came to.
pub(crate) struct Outcome {
    pub(crate) cell: Cell,
    /// How long each deploy took, the shortest first.
    pub(crate) times: Vec<Duration>,
    pub(crate) seen: Seen,
    /// The longest gap of the same load while nothing is deployed: this machine's own noise.
    pub(crate) noise: Duration,
    pub(crate) sockets: Option<sockets::Seen>,
    pub(crate) left: u64,
}

impl Outcome {
    fn deploys(&self) -> u32 {
        u32::try_from(self.times.len()).unwrap_or(u32::MAX)
    }

    /// What is wrong with it; empty if nothing is.
    pub(crate) fn broken(&self) -> Vec<String> {
        let mut broken = bounds::broken(self.cell, self.deploys(), &self.seen);
        if self.left > 0 {
            broken.push(format!("{} objects are left over", self.left));
        }
        broken
    }

    /// All figures, for people.
    pub(crate) fn tell(&self) {
        let Self { cell, seen, .. } = self;
        println!("{} on {}, {} of it", cell.name(), cell.ground.name(), cell.replicas);
        println!("  deploys      {}", self.deploys());
        tell_loop("kept", &seen.kept);
        tell_loop("new", &seen.new);
        println!("  releases     {} answered", seen.releases());
        println!("  longest gap  {} ms, {} ms without a deploy", millis(seen.longest_gap()), millis(self.noise));
        match seen.old() {
            0 => println!("  old answers  none after a success"),
            old => println!("  old answers  {old} after a success, up to {} ms", millis(seen.oldest())),
        }
        println!(
            "  a deploy     {:.1} s (median), {:.1} s at most",
            self.median().as_secs_f64(),
            self.most().as_secs_f64()
        );
        if let Some(sockets) = self.sockets {
            let sockets::Seen { opened, echoes, cut } = sockets;
            println!("  sockets      {opened} opened, {echoes} echoes, {cut} cut by a drain's end");
        }
        println!("  left over    {}", self.left);
        for broken in self.broken() {
            println!("  BROKEN       {broken}");
        }
    }

    /// The row of a table.
    pub(crate) fn row(&self) -> String {
        let Self { cell, seen, .. } = self;
        let races = seen.kept.lost_by(Loss::ClosingRace);
        let kept = match cell.through {
            Through::Proxy => seen.kept.lost().to_string(),
            Through::Service => format!("{} ({races} closing races)", seen.kept.lost()),
        };
        format!(
            "| {} | {} | {} + {} | {kept} | {} | {} ms ({} ms) | {} | {:.1} s |",
            cell.name(),
            self.deploys(),
            seen.kept.sent,
            seen.new.sent,
            seen.new.lost(),
            millis(seen.longest_gap()),
            millis(self.noise),
            seen.old(),
            self.median().as_secs_f64(),
        )
    }

    pub(crate) const HEAD: &str = "| cell | deploys | sent kept + new | lost kept | lost new | longest gap (without) | old answers after success | a deploy |\n|---|---|---|---|---|---|---|---|";

    fn median(&self) -> Duration {
        self.times.get(self.times.len() / 2).copied().unwrap_or_default()
    }

    fn most(&self) -> Duration {
        self.times.last().copied().unwrap_or_default()
    }
}

fn tell_loop(name: &str, tally: &Tally) {
    println!("  {name:<12} {} sent, {} served, {} lost ({})", tally.sent, tally.served, tally.lost(), tally.causes());
    tally.notes.iter().for_each(|note| println!("               {note}"));
}

fn millis(time: Duration) -> u128 {
    time.as_millis()
}
