//! One request or socket, as it is counted.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::instance::Instance;

/// One request or socket that is under way at an instance; dropping it says that it ended.
#[derive(Debug)]
pub(crate) struct Claim {
    instance: Arc<Instance>,
    answered: bool,
    socket: Option<CancellationToken>,
}

impl Claim {
    pub(crate) fn new(instance: Arc<Instance>) -> Self {
        Self { instance, answered: false, socket: None }
    }

    pub(crate) fn instance(&self) -> &Arc<Instance> {
        &self.instance
    }

    /// The instance has begun to answer: the request counts as served when it ends.
    pub(crate) fn answered(&mut self) {
        self.answered = true;
    }

    /// The request has become a socket. The token says when it is to be cut.
    pub(crate) fn upgraded(&mut self) -> CancellationToken {
        self.socket.get_or_insert_with(|| self.instance.open_socket()).clone()
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.instance.end(self.answered, self.socket.as_ref());
    }
}
