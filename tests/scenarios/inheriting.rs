//! What services get from the engine's process.

use crate::shop::web;
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_inherits_no_descriptor_of_the_engine() {
    let stage = Stage::open().await;
    stage.succeed(web("serve-descriptors")).await;
    assert_eq!(stage.get().await, "");
    stage.delete().await;
}
