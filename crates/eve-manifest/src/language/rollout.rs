//! How a new release takes over.

use crate::grammar::{Period, mapping, words};

words! {
    /// How a new release takes over.
    StrategyWord {
        Switched = "switched";
        Rolling = "rolling";
        Recreate = "recreate";
    }
}

mapping! {
    /// How a new release takes over.
    Rollout = "rollout section" {
        /// switched (the default where old and new may overlap), rolling or recreate.
        strategy: StrategyWord = "strategy";
        /// How long the release must stay ready before traffic moves. 5s where traffic moves.
        window: Period = "window";
        /// How long it may take until it is ready. 3m by default.
        ready_within: Period = "ready_within" else "3m";
        /// How long requests that are under way may go on. 30s by default.
        drain: Period = "drain" else "30s";
    }
}
