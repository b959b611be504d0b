//! What a real cluster does when something is wrong, and what is said about it: recorded once,
//! replayed for ever.

mod expected;
mod fixture;
mod recording;
mod replaying;
mod rights;
mod stage;
mod written;
