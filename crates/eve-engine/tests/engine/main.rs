//! The engine on the backends in memory.

mod approvals;
mod bench;
mod blinking;
mod builds;
mod cancelling;
mod clock;
mod crash;
mod crash_points;
mod deleting;
mod deploying;
mod failing;
mod fencing;
mod holding;
mod jobs;
mod progress;
mod recording;
mod recovering;
mod requests;
mod resuming;
mod rolling_back;
mod secrets;
mod shapes;
mod staleness;
mod state;
mod tracking;
mod undoing;
