//! The proxy, between real clients and real servers.

mod addresses;
mod drain;
mod forwarding;
mod lifecycle;
mod load;
mod routing;
mod support;
mod switching;
mod upgrading;
