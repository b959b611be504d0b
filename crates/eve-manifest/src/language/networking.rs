//! The way to the outside.

use crate::grammar::{mapping, words};

words! {
    /// Under which address a service is seen outside.
    Egress {
        Nat = "nat";
        Stable = "stable";
    }
}

mapping! {
    /// How a service reaches the outside.
    Networking = "networking section" {
        /// nat (the default): under whatever address the host has. stable: always under the same one, which no backend has yet.
        egress: Egress = "egress";
    }
}
