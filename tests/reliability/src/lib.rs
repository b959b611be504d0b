//! What is left when an engine dies, at every point at which it can, and what becomes of requests and
//! runs when engines and supervisors die at any instant, or stop and go on late.
//!
//! A *trial* is one course of events in a state directory of its own: a scenario's start, a run
//! whose engine ends itself by SIGKILL at one [`Point`], perhaps a [`Stranger`] who changes
//! something meanwhile, and an engine that recovers. Its [`EndState`] must be the one that the same
//! scenario has when nobody dies.
//!
//! | type | what it is |
//! |---|---|
//! | [`Scenario`] | what is asked for, before and in the run |
//! | [`Point`], [`Place`] | where an engine ends, named so that it is the same place in every run |
//! | [`CrashAt`] | the wrapper that counts places and ends the engine at one |
//! | [`Stage`] | an engine in a trial's directory, and everything that is asked of it |
//! | [`EndState`], [`Tolerance`] | what is compared, and which differences are none |
//! | [`Ground`], [`Setting`] | what services run on, and what many trials share |
//! | [`Trial`] | the directory and the processes of one course of events |
//! | [`Pass`], [`Table`] | every point of every scenario |
//! | [`Kills`] | kills at random instants: [`Customer`]s deploy under [`Load`], and an [`Audit`] makes out the [`Toll`] |
//! | [`Rivals`] | two engines on one state directory, one of which stops or dies |
//!
//! The program `eve-trial` plays every part: engine, supervisor, services and jobs.

mod say;

mod ask;
mod breach;
mod building;
mod census;
mod crash_at;
mod end_state;
mod engine_process;
mod ground;
#[path = "../../../examples/quickstart/handed_over.rs"]
mod handed_over;
mod http;
mod kills;
mod load;
#[path = "../../../examples/quickstart/own_image.rs"]
mod own_image;
mod pass;
mod point;
mod report;
mod rivals;
mod scenario;
mod shop;
mod stage;
mod stranger;
mod table;
mod tolerance;
mod trial;
mod workload;

pub use ask::{Ask, What};
pub use breach::Breach;
pub use building::CrashingBuilder;
pub use census::Census;
pub use crash_at::CrashAt;
pub use end_state::{EndState, EnvironmentState, LineState, RunState};
pub use engine_process::EngineProcess;
pub use ground::{Ground, Setting, images};
pub use http::get;
pub use kills::{Audit, Customer, Diary, Kills, Orders, Outage, Page, Toll};
pub use load::{Load, Request};
pub use pass::{Pass, Score, Verdict};
pub use point::{Moment, Place, Point};
pub use report::Report;
pub use rivals::{Heard, Rival, Rivals, Wake};
pub use scenario::Scenario;
pub use shop::{Edition, Shop};
pub use stage::Stage;
pub use stranger::Stranger;
pub use table::Table;
pub use tolerance::Tolerance;
pub use trial::Trial;
pub use workload::{Work, work};
