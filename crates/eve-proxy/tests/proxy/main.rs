//! The proxy, between real clients and real servers.

mod addresses;
mod connections;
mod drain;
mod fencing;
mod forwarding;
mod lifecycle;
mod load;
mod remote;
mod restarting;
mod routing;
mod storing;
mod support;
mod switching;
mod upgrading;
