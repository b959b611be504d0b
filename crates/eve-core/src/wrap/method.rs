//! The methods that are wrapped.

use std::fmt;

macro_rules! methods {
    ($($name:ident = $text:literal, $again:literal;)*) => {
        /// A method of [`Runtime`](crate::Runtime), [`Routes`](crate::Routes),
        /// [`Runner`](crate::Runner) or [`Journal`](crate::Journal) that does something.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Method {
            $(#[doc = concat!("`", $text, "`")] $name,)*
        }

        impl Method {
            /// Its name, `trait.method`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// True if calling it twice does no more than calling it once.
            pub fn is_idempotent(self) -> bool {
                match self { $(Self::$name => $again,)* }
            }
        }
    };
}

methods! {
    RuntimeObserve = "runtime.observe", true;
    RuntimePlan = "runtime.plan", true;
    RuntimePerform = "runtime.perform", true;
    RuntimeWatch = "runtime.watch", true;
    RuntimeLogs = "runtime.logs", true;
    RoutesAddress = "routes.address", true;
    RoutesObserve = "routes.observe", true;
    RoutesPrepare = "routes.prepare", true;
    RoutesSwitch = "routes.switch", true;
    RoutesDrain = "routes.drain", true;
    RoutesForget = "routes.forget", true;
    RoutesClose = "routes.close", true;
    RunnerStart = "runner.start", true;
    RunnerWatch = "runner.watch", true;
    RunnerStop = "runner.stop", true;
    RunnerLogs = "runner.logs", true;
    RunnerArtifacts = "runner.artifacts", true;
    RunnerOwned = "runner.owned", true;
    RunnerForget = "runner.forget", true;
    JournalAppend = "journal.append", false;
    JournalRead = "journal.read", true;
    JournalSubscribe = "journal.subscribe", true;
    JournalStreams = "journal.streams", true;
    JournalLast = "journal.last", true;
    JournalAcquire = "journal.acquire", false;
    JournalRenew = "journal.renew", true;
    JournalRelease = "journal.release", true;
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
