//! What happens on an engine.

use std::collections::HashMap;

use bollard::models::{EventMessage, EventMessageTypeEnum};
use bollard::query_parameters::EventsOptionsBuilder;
use eve_core::Result;
use futures_util::stream::{BoxStream, StreamExt as _};

use super::daemon::{Daemon, grouped};
use super::failure::failure;

/// Something that happened to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Happening {
    /// What is otherwise now.
    pub(crate) subject: Subject,
    /// The name that the engine tells with it: the object's own, or that of the network that a container joined or left.
    pub(crate) name: String,
    pub(crate) what: What,
    /// The engine's own time, in nanoseconds since 1970.
    pub(crate) at: i64,
}

/// What something happened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The container of this id.
    Container(String),
    Network,
    Volume,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A container's program ended, with this code where the engine tells.
    Died(Option<i32>),
    /// Something else that may matter.
    Changed,
}

/// What is of interest. Commands that are run inside containers are not.
const ACTIONS: [&str; 13] = [
    "create",
    "start",
    "restart",
    "die",
    "oom",
    "pause",
    "unpause",
    "rename",
    "destroy",
    "remove",
    "health_status",
    "connect",
    "disconnect",
];

impl Daemon {
    /// Everything of interest from an instant on, which may lie in the past: the engine remembers a
    /// little. Without one, from now on.
    pub(crate) fn events(&self, since: Option<i64>) -> Result<BoxStream<'static, Result<Happening>>> {
        let kinds = ["container", "network", "volume"].map(|kind| ("type", kind.to_owned()));
        let actions = ACTIONS.map(|action| ("event", action.to_owned()));
        let filters: Vec<_> = kinds.into_iter().chain(actions).collect();
        let filters: HashMap<String, Vec<String>> = grouped(&filters);
        let mut options = EventsOptionsBuilder::new().filters(&filters);
        if let Some(since) = since {
            options = options.since(&format!("{}.{:09}", since / 1_000_000_000, since % 1_000_000_000));
        }
        let docker = self.docker()?.clone();
        let happenings = docker.events(Some(options.build())).map(|told| match told {
            Ok(message) => Ok(Happening::of(message)),
            Err(cause) => Err(failure("the engine's events cannot be read", cause)),
        });
        Ok(happenings.boxed())
    }
}

impl Happening {
    fn of(message: EventMessage) -> Self {
        let action = message.action.unwrap_or_default();
        let actor = message.actor.unwrap_or_default();
        let mut about = actor.attributes.unwrap_or_default();
        let id = actor.id.unwrap_or_default();
        let name = about.remove("name").unwrap_or_else(|| id.clone());
        let subject = match message.typ {
            Some(EventMessageTypeEnum::CONTAINER) => Subject::Container(id),
            Some(EventMessageTypeEnum::VOLUME) => Subject::Volume,
            // Of who joined or left, and of nothing else of the network.
            _ => about.remove("container").map_or(Subject::Network, Subject::Container),
        };
        let what = match (action.as_str(), &subject) {
            ("die", Subject::Container(_)) => What::Died(about.get("exitCode").and_then(|code| code.parse().ok())),
            _ => What::Changed,
        };
        Self { subject, name, what, at: message.time_nano.unwrap_or_default() }
    }
}
