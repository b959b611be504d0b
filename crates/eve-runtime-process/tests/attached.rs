//! The same promises where the children are held behind a channel.
#![cfg(unix)]

mod attempts;
mod crashes;
mod environment;
mod health;
mod lifecycle;
mod logs;
mod place;
