//! `Arc<T>` and `Box<T>` are whatever `T` is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use crate::desired::ImageRef;
use crate::{
    Addresses, Artifact, ArtifactStore, AttemptId, AttemptSpec, AttemptState, Blobs, Bound, BuildCx, BuildRequest,
    Builder, Capabilities, CaptureEvidence, Change, Changes, Digest, Drained, Entry, EnvironmentId, Exec, Fenced,
    Fencing, HolderId, HostView, InstanceRef, Journal, Lease, LeaseName, LogItem, LogOptions, LogSubject, Observed,
    ObservedRoute, Op, OpCx, OpId, Owned, PreviewPlan, Provision, Record, Registry, Result, RouteId, RouteSpec,
    RouteTarget, Routes, Runner, Runtime, Secret, SecretName, SecretRef, SecretScope, SecretStore, SecretVersion,
    Started, StreamId,
};

/// Implements a trait for `Arc<T>` and `Box<T>`: methods that answer at once, then those that wait.
macro_rules! forward {
    ($($trait:ident {
        $(fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*
        $(async fn $later:ident($($larg:ident: $ltype:ty),*) -> $lanswer:ty;)*
    })*) => {$(
        forward!(@one Arc, $trait {
            $(fn $name($($arg: $type),*) -> $answer;)*
            $(async fn $later($($larg: $ltype),*) -> $lanswer;)*
        });
        forward!(@one Box, $trait {
            $(fn $name($($arg: $type),*) -> $answer;)*
            $(async fn $later($($larg: $ltype),*) -> $lanswer;)*
        });
    )*};
    (@one $pointer:ident, $trait:ident {
        $(fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*
        $(async fn $later:ident($($larg:ident: $ltype:ty),*) -> $lanswer:ty;)*
    }) => {
        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: $trait + ?Sized> $trait for $pointer<T> {
            $(fn $name(&self, $($arg: $type),*) -> $answer {
                (**self).$name($($arg),*)
            })*
            $(async fn $later(&self, $($larg: $ltype),*) -> $lanswer {
                (**self).$later($($larg),*).await
            })*
        }
    };
}

forward! {
    Runtime {
        fn capabilities() -> Capabilities;
        fn plan(want: &Bound, seen: &Observed, at: &dyn Addresses) -> Result<Changes>;
        fn watch(env: &EnvironmentId) -> BoxStream<'static, Result<Observed>>;
        fn logs(who: &LogSubject, how: LogOptions) -> BoxStream<'static, Result<LogItem>>;
        fn preview() -> Option<&dyn PreviewPlan>;
        fn owned() -> Option<&dyn Owned>;
        fn provision() -> Option<&dyn Provision<[Op]>>;
        fn fencing() -> Option<&dyn Fencing>;
        fn host_view() -> Option<&dyn HostView>;
        fn exec() -> Option<&dyn Exec>;
        fn evidence() -> Option<&dyn CaptureEvidence>;
        async fn observe(env: &EnvironmentId) -> Result<Observed>;
        async fn perform(op: &Op, cx: &OpCx) -> Result<Change>;
    }
    Routes {
        fn fencing() -> Option<&dyn Fencing>;
        async fn address(env: &EnvironmentId, route: &RouteSpec) -> Result<String>;
        async fn observe(env: &EnvironmentId) -> Result<Vec<ObservedRoute>>;
        async fn prepare(route: &RouteSpec, cx: &OpCx) -> Result<Change>;
        async fn switch(route: &RouteId, to: &[RouteTarget], cx: &OpCx) -> Result<Change>;
        async fn drain(instance: &InstanceRef, cx: &OpCx) -> Result<Drained>;
        async fn forget(drain: &OpId, cx: &OpCx) -> Result<()>;
        async fn close(route: &RouteId, cx: &OpCx) -> Result<Change>;
    }
    Runner {
        fn provision() -> Option<&dyn Provision<AttemptSpec>>;
        fn fencing() -> Option<&dyn Fencing>;
        fn watch(id: &AttemptId) -> BoxStream<'static, Result<AttemptState>>;
        fn logs(id: &AttemptId, how: LogOptions) -> BoxStream<'static, Result<LogItem>>;
        async fn start(spec: &AttemptSpec, cx: &OpCx) -> Result<Started>;
        async fn stop(id: &AttemptId, cx: &OpCx) -> Result<Change>;
        async fn artifacts(id: &AttemptId) -> Result<BTreeMap<String, Bytes>>;
        async fn owned(env: &EnvironmentId) -> Result<Vec<AttemptId>>;
        async fn forget(id: &AttemptId, cx: &OpCx) -> Result<Change>;
    }
    Builder {
        fn artifacts() -> Option<&dyn ArtifactStore>;
        async fn build(request: &BuildRequest, cx: &BuildCx) -> Result<Artifact>;
    }
    Registry {
        async fn resolve(image: &ImageRef) -> Result<Artifact>;
        async fn exists(repository: &str, digest: &Digest) -> Result<bool>;
        async fn promote(artifact: &Artifact, to: &ImageRef) -> Result<Change>;
        async fn list(repository: &str) -> Result<Vec<String>>;
        async fn delete(image: &ImageRef) -> Result<Change>;
    }
    SecretStore {
        async fn get(
            scope: &SecretScope,
            name: &SecretName,
            version: Option<&SecretVersion>
        ) -> Result<Option<(Secret, SecretVersion)>>;
        async fn put(scope: &SecretScope, name: &SecretName, secret: Secret) -> Result<SecretVersion>;
        async fn list(scope: &SecretScope) -> Result<Vec<SecretRef>>;
        async fn delete(scope: &SecretScope, name: &SecretName) -> Result<Change>;
    }
    Journal {
        fn subscribe(stream: &StreamId, after: u64) -> BoxStream<'static, Result<Entry>>;
        async fn append(
            stream: &StreamId,
            expected: u64,
            fence: Option<&Fenced>,
            records: Vec<Record>
        ) -> Result<u64>;
        async fn read(stream: &StreamId, after: u64, limit: usize) -> Result<Vec<Entry>>;
        async fn streams(prefix: &str) -> Result<Vec<(StreamId, u64)>>;
        async fn last(prefix: &str, limit: usize) -> Result<Vec<Entry>>;
        async fn acquire(lease: &LeaseName, holder: &HolderId, ttl: Duration) -> Result<Lease>;
        async fn renew(lease: &Lease) -> Result<Lease>;
        async fn release(lease: &Lease) -> Result<()>;
    }
    Blobs {
        async fn put(bytes: Bytes) -> Result<Digest>;
        async fn get(digest: &Digest) -> Result<Bytes>;
        async fn has(digest: &Digest) -> Result<bool>;
        async fn delete(digest: &Digest) -> Result<Change>;
    }
}
