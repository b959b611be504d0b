//! Real supervisors, each test in a state folder of its own.
#![cfg(unix)]

#[path = "../../examples/toys/ask.rs"]
mod ask;

mod bad_messages;
mod calls;
mod denied;
mod idle;
mod launch;
mod loss;
mod raw;
mod signals;
mod stage;
mod streams;
