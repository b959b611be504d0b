//! Upgraded connections.

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_util::sync::CancellationToken;

use crate::instance::Claim;

/// Carries bytes both ways until a side ends, the instance is cut or the proxy ends.
pub(crate) async fn tunnel(client: OnUpgrade, upstream: OnUpgrade, mut claim: Claim, stop: CancellationToken) {
    let cut = claim.upgraded();
    let carry = async {
        let (client, upstream) = tokio::try_join!(client, upstream)?;
        tokio::io::copy_bidirectional(&mut TokioIo::new(client), &mut TokioIo::new(upstream)).await?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
    };
    tokio::select! {
        biased;
        () = cut.cancelled() => {}
        () = stop.cancelled() => {}
        carried = carry => {
            if let Err(error) = carried {
                tracing::debug!(error, "an upgraded connection broke");
            }
        }
    }
    drop(claim);
}
