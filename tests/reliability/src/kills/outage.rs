//! When the ingress was away, and what was lost then.

use std::time::{Duration, Instant};

use crate::Request;

/// How long after the ingress is back a loss still counts as one through its absence: connections
/// that were opened meanwhile end late.
const GRACE: Duration = Duration::from_secs(1);

/// From a supervisor's death until the ingress leads every host again.
#[derive(Debug, Clone, Copy)]
pub struct Outage {
    from: Instant,
    /// None if it never came back.
    until: Option<Instant>,
}

impl Outage {
    /// Reads off the requests when the ingress was back: for each host, when the first request that
    /// was answered and began after the supervisor was `dead` began.
    pub fn new(killed: Instant, dead: Instant, hosts: usize, requests: &[Request]) -> Self {
        let back = |host: usize| {
            let answered = requests.iter().filter(|request| request.host == host && request.lost.is_none());
            answered.map(|request| request.began).filter(|began| *began >= dead).min()
        };
        let until = (0..hosts).map(back).try_fold(dead, |latest, back| back.map(|back| latest.max(back)));
        Self { from: killed, until }
    }

    /// How long it was.
    pub fn length(&self) -> Option<Duration> {
        self.until.map(|until| until - self.from)
    }

    /// True if a request was under way in it, or shortly after.
    pub fn meets(&self, request: &Request) -> bool {
        request.ended >= self.from && self.until.is_none_or(|until| request.began <= until + GRACE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_ends_when_every_host_is_led_again_and_meets_what_was_under_way() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let request = |host, began, ended, lost: bool| {
            let lost = lost.then(|| "refused".to_owned());
            Request { host, began: at(began), ended: at(ended), lost }
        };
        let before = request(0, 10, 90, true);
        let across = request(0, 90, 110, true);
        let late = request(1, 3_000, 3_010, true);
        let requests = [
            before.clone(),
            across.clone(),
            request(0, 200, 210, true),
            request(0, 300, 310, false),
            request(1, 400, 410, false),
            late.clone(),
        ];
        let outage = Outage::new(at(100), at(105), 2, &requests);
        assert_eq!(outage.length(), Some(Duration::from_millis(300)));
        assert!(!outage.meets(&before));
        assert!(outage.meets(&across));
        assert!(!outage.meets(&late));
        let forever = Outage::new(at(500), at(505), 2, &requests);
        assert_eq!(forever.length(), None);
        assert!(forever.meets(&late));
    }
}
