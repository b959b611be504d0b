//! Networks of many environments.

use std::collections::BTreeSet;

use eve_core::{Bound, EnvironmentId, Runtime as _};

use crate::place::{Nowhere, Place};
use crate::programs::serves;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: 200 networks are made"]
async fn two_hundred_environments_have_networks_of_their_own() {
    let mut place = Place::open().await;
    let project = place.id.project.clone();
    let mut made = Vec::new();
    let mut subnets = BTreeSet::new();
    for number in 0..200 {
        place.id = EnvironmentId::parse(&format!("test/{project}/e{number}")).expect("a valid address");
        let changes = place.plan(&place.want(&[("web", serves())])).await;
        let network = &changes.ensure[0];
        place.perform(network).await.expect("the network is made");
        assert!(subnets.insert(network.body.clone()), "the subnet of {} is another one's", place.id);
        made.push(place.id.clone());
    }
    for id in made {
        place.id = id;
        let seen = place.runtime.observe(&place.id).await.expect("it can be observed");
        let empty = Bound::empty(place.id.clone());
        for op in &place.runtime.plan(&empty, &seen, &Nowhere).expect("it can be planned").retire {
            place.perform(op).await.expect("the network is removed");
        }
    }
    place.close().await;
}
