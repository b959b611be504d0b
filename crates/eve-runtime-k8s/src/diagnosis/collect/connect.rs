//! The way to a cluster.

use std::path::Path;
use std::time::Duration;

use kube::Client;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};

use super::failure::{chain, unread};
use crate::diagnosis::{Unread, UnreadCause};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// The way to a cluster: by the kubeconfig named, else by `KUBECONFIG`, else by the one in the
/// user's home, else from inside the cluster.
///
/// # Errors
///
/// What is missing, as a view would say it: a diagnosis of it is a finding.
pub async fn connect(kubeconfig: Option<&Path>, context: Option<&str>) -> Result<Client, Unread> {
    let unconfigured =
        |error: &(dyn std::error::Error + 'static)| Unread::new("*", UnreadCause::Unconfigured, chain(error));
    let options = KubeConfigOptions { context: context.map(str::to_owned), ..KubeConfigOptions::default() };
    let mut config = match (kubeconfig, context) {
        (Some(path), _) => {
            let read = Kubeconfig::read_from(path).map_err(|error| unconfigured(&error))?;
            Config::from_custom_kubeconfig(read, &options).await.map_err(|error| unconfigured(&error))?
        }
        (None, Some(_)) => Config::from_kubeconfig(&options).await.map_err(|error| unconfigured(&error))?,
        (None, None) => Config::infer().await.map_err(|error| unconfigured(&error))?,
    };
    config.connect_timeout = Some(CONNECT);
    Client::try_from(config).map_err(|error| match unread("*", &error) {
        Unread { cause: UnreadCause::Unauthenticated, message, .. } => {
            Unread::new("*", UnreadCause::Unauthenticated, message)
        }
        other => Unread::new("*", UnreadCause::Unconfigured, other.message),
    })
}
