//! The numbers of an instance.

use eve_core::Drained;

/// The numbers of an instance, kept under one lock, so that they always add up.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Requests and sockets under way.
    in_flight: u64,
    /// Sockets among them.
    sockets: u64,
    /// Requests and sockets that were answered and came to their end.
    ended: u64,
    /// How many had ended when the last route was led away; none while a route leads here.
    withdrawn_at: Option<u64>,
    /// Requests and sockets that were cut: no longer under way, however long they take to notice.
    cut: u64,
    all_cut: bool,
    unknown: Unknown,
}

/// Which numbers began in a process that is gone, so that nobody can tell them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Unknown {
    #[default]
    Nothing,
    /// A route leads here, or led here since: what is drained and cut is counted here.
    Served,
    Everything,
}

impl Counts {
    /// The numbers of an instance that requests were led to by a process that is gone.
    pub(crate) fn restored() -> Self {
        Self { unknown: Unknown::Everything, ..Self::default() }
    }

    pub(crate) fn in_flight(&self) -> u64 {
        self.in_flight
    }

    pub(crate) fn begin(&mut self) {
        self.in_flight += 1;
    }

    /// A request that is under way becomes a socket; one that comes too late is cut.
    pub(crate) fn upgrade(&mut self, too_late: bool) {
        if self.all_cut {
            return;
        }
        if too_late {
            self.in_flight -= 1;
            self.cut += 1;
        } else {
            self.sockets += 1;
        }
    }

    /// What is under way ends, and was not cut as a socket.
    pub(crate) fn end(&mut self, answered: bool, socket: bool) {
        if !self.all_cut {
            self.in_flight -= 1;
            self.sockets -= u64::from(socket);
            self.ended += u64::from(answered);
        }
    }

    pub(crate) fn enlist(&mut self) {
        self.withdrawn_at = None;
        if self.unknown == Unknown::Everything {
            self.unknown = Unknown::Served;
        }
    }

    pub(crate) fn withdraw(&mut self) {
        self.withdrawn_at.get_or_insert(self.ended);
    }

    pub(crate) fn cut_sockets(&mut self) {
        self.cut += self.sockets;
        self.in_flight -= self.sockets;
        self.sockets = 0;
    }

    pub(crate) fn cut_all(&mut self) {
        self.all_cut = true;
        self.cut += self.in_flight;
        self.in_flight = 0;
        self.sockets = 0;
    }

    pub(crate) fn drained(&self) -> Drained {
        let served = self.withdrawn_at.unwrap_or(self.ended);
        let mut drained = Drained::counted(served, self.ended - served, self.cut);
        match self.unknown {
            Unknown::Nothing => drained,
            Unknown::Served => {
                drained.served = None;
                drained
            }
            Unknown::Everything => Drained::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_after_the_switch_is_drained_and_the_rest_is_cut_once() {
        let mut counts = Counts::default();
        for _ in 0..6 {
            counts.begin();
        }
        counts.end(true, false);
        counts.upgrade(false);
        counts.withdraw();
        counts.end(true, false);
        counts.withdraw();
        counts.cut_sockets();
        counts.cut_all();
        counts.cut_all();
        counts.end(true, false);
        assert_eq!(counts.drained(), Drained::counted(1, 1, 4));
    }

    #[test]
    fn a_request_without_an_answer_is_not_served() {
        let mut counts = Counts::default();
        counts.begin();
        counts.end(false, false);
        counts.withdraw();
        assert_eq!(counts.drained(), Drained::counted(0, 0, 0));
    }

    #[test]
    fn what_began_in_another_process_is_unknown_and_not_nothing() {
        let mut counts = Counts::restored();
        assert_eq!(counts.drained(), Drained::default());
        counts.enlist();
        counts.begin();
        counts.begin();
        counts.withdraw();
        counts.end(true, false);
        counts.cut_all();
        let drained = counts.drained();
        assert_eq!((drained.served, drained.drained, drained.cut), (None, Some(1), Some(1)));
    }

    #[test]
    fn a_socket_that_opens_after_sockets_were_cut_is_cut_too() {
        let mut counts = Counts::default();
        counts.begin();
        counts.withdraw();
        counts.cut_sockets();
        counts.upgrade(true);
        assert_eq!((counts.in_flight(), counts.drained()), (0, Drained::counted(0, 0, 1)));
    }
}
