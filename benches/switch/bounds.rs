//! How much may be lost.

use crate::cell::{Cell, Ending, Through, Way};
use crate::load::{Loss, Seen};

/// What the best that was measured elsewhere lost, it lost in that many deploys: of fewer, that much may be chance.
const MEASURED: u64 = 10;

/// What is wrong with what was seen; empty if nothing is.
///
/// Through the ingress nothing may be lost. Through the service's own address nobody can tell a client that its kept
/// connection is about to end: a polite service may lose closing races, and one that ends at once what it is asked on
/// kept connections, as many of either as the best that was measured elsewhere loses.
pub(crate) fn broken(cell: Cell, deploys: u32, seen: &Seen) -> Vec<String> {
    let mut broken = Vec::new();
    let mut hold = |what: &str, found: u64, most: u64| {
        if found > most {
            broken.push(format!("{what}: {found}, at most {most} may be"));
        }
    };
    hold("answers of an old release after the success of a new one", seen.old(), 0);
    hold("lost on new connections", seen.new.lost(), 0);
    let races = seen.kept.lost_by(Loss::ClosingRace);
    let best: u64 = match (cell.through, cell.ending, cell.way) {
        (Through::Proxy, ..) => 0,
        (_, Ending::Polite, Way::Switched) => 9,
        (_, Ending::Polite, Way::Rolling) => 4,
        (_, Ending::Rude, Way::Switched) => 104,
        (_, Ending::Rude, Way::Rolling) => 173,
    };
    let most = best * u64::from(deploys).max(MEASURED) / MEASURED;
    match (cell.through, cell.ending) {
        (Through::Service, Ending::Polite) => {
            hold("closing races", races, most);
            hold("lost on kept connections for another reason", seen.kept.lost() - races, 0);
        }
        _ => hold("lost on kept connections", seen.kept.lost(), most),
    }
    let releases = seen.releases() as u64;
    if releases < u64::from(deploys) {
        broken.push(format!("only {releases} releases answered"));
    }
    broken
}
