//! The engine on the backends in memory.

mod approvals;
mod bench;
mod blinking;
mod builds;
mod cancelling;
mod clock;
mod crash;
mod deleting;
mod deploying;
mod failing;
mod holding;
mod jobs;
mod progress;
mod recording;
mod recovering;
mod requests;
mod rolling_back;
mod secrets;
mod shapes;
mod staleness;
mod tracking;
mod undoing;
