//! Servers to lead requests to, clients to send them, and a proxy between the two.

mod client;
mod hesitant;
mod patience;
mod server;
mod world;

pub(crate) use client::{Answer, Client, get, raw};
pub(crate) use hesitant::Hesitant;
pub(crate) use patience::until;
pub(crate) use server::Server;
pub(crate) use world::{HOST, World, environment};
