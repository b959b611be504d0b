//! The way from outside to a service.

use eve_core::HostName;

use crate::grammar::mapping;

mapping! {
    /// How a service is reached from outside.
    Ingress = "ingress section" {
        /// True if it is reached from outside. True by default where this section stands.
        public: bool = "public";
        /// The port that requests go to. The first of `ports` by default.
        port: u16 = "port";
        /// A host of its own: {alias}.{domain}.
        alias: String = "alias";
        /// The domain under which its host is made.
        domain: HostName = "domain";
    }
    not_used {
        "timeout": "How long one request may take.";
        "max_body_size": "How large one request may be.";
    }
    unsupported {
        "domains": "remove it; hosts of your own are not built yet";
    }
}
