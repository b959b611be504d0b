//! What has to be there before work begins.

use async_trait::async_trait;

use crate::{OpCx, Result};

/// Gets what work needs and must not wait for: images are fetched, names are free.
///
/// The work is a plan's operations ([`Runtime::provision`](crate::Runtime::provision), those that make
/// or change something) or an attempt ([`Runner::provision`](crate::Runner::provision)). An engine asks
/// before the first operation, and before an attempt starts; a plan that makes nothing asks nothing.
#[async_trait]
pub trait Provision<W: Sync + ?Sized>: Send + Sync {
    /// Gets everything that the work needs, within a time of its own: as long as a build may take.
    ///
    /// **Behaviour**
    /// - changes nothing of the environment: what it fetches belongs to no environment;
    /// - what is there is not fetched again: asked twice, it does no more than once;
    /// - a name that a stranger has is found, and nothing is fetched then;
    /// - everything that cannot be had is named at once, see [`Error::several`](crate::Error::several);
    /// - tells how far each of them is as progress, under a name of its own;
    /// - cancelled, or when its time is up, it ends what it started.
    ///
    /// # Errors
    /// `image.not_found`, `image.denied`, `image.unreachable`, `artifact.not_found`, `blob.not_found`,
    /// `object.foreign`; `operation.unknown` for another backend's work; `cancelled`, `deadline.exceeded`.
    async fn provide(&self, work: &W, cx: &OpCx) -> Result<()>;
}
