//! The way from outside to a service.

use eve_core::{ByteSize, HostName};

use crate::grammar::{At, Period, mapping};

mapping! {
    /// How a service is reached from outside.
    Ingress = "ingress section" {
        /// True if it is reached from outside. True by default where this section stands.
        public: bool = "public" else true;
        /// The port that requests go to. The first of `ports` by default.
        port: u16 = "port";
        /// A host of its own: {alias}.{domain}.
        alias: String = "alias";
        /// The domain under which its host is made.
        domain: HostName = "domain";
        /// Hosts of its own, at most 10, beside the one that is made for it.
        domains: Vec<At<HostName>> = "domains";
        /// How long one request may take: 1s to 30m.
        timeout: Period = "timeout";
        /// How large one request may be: 1k to 1g.
        max_body_size: ByteSize = "max_body_size";
    }
}
