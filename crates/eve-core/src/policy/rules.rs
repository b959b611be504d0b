//! What the host allows.

use std::collections::BTreeSet;

use super::Allowance;
use crate::AbsolutePath;
use crate::desired::{Bind, HostAccess, HostNamespace, LinuxCapability, Unconfined};

/// What the host allows manifests to ask of it. By default nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Policy {
    allowed: BTreeSet<Allowance>,
    engine_places: BTreeSet<AbsolutePath>,
}

impl Policy {
    /// Allows nothing.
    pub fn deny() -> Self {
        Self::default()
    }

    /// Allows one thing more.
    pub fn with(mut self, allowance: Allowance) -> Self {
        self.allowed.insert(allowance);
        self
    }

    /// Lets a folder or file of the host, and everything below it, be bound to be read.
    pub fn with_readable(self, path: AbsolutePath) -> Self {
        self.with(Allowance::Bind { path, write: false })
    }

    /// Lets a folder or file of the host, and everything below it, be bound to be written.
    pub fn with_writable(self, path: AbsolutePath) -> Self {
        self.with(Allowance::Bind { path, write: true })
    }

    /// Lets sockets of engines be bound.
    pub fn with_engine_socket(self) -> Self {
        self.with(Allowance::EngineSocket)
    }

    /// Lets workloads be privileged.
    pub fn with_privileged(self) -> Self {
        self.with(Allowance::Privileged)
    }

    /// Lets a namespace of the host be shared.
    pub fn with_namespace(self, namespace: HostNamespace) -> Self {
        self.with(Allowance::Namespace(namespace))
    }

    /// Lets workloads have a capability.
    pub fn with_capability(self, capability: LinuxCapability) -> Self {
        self.with(Allowance::Capability(capability))
    }

    /// Lets a device, or those below a folder, be used.
    pub fn with_device(self, path: AbsolutePath) -> Self {
        self.with(Allowance::Device(path))
    }

    /// Lets a protection be switched off.
    pub fn with_unconfined(self, what: Unconfined) -> Self {
        self.with(Allowance::Unconfined(what))
    }

    /// Names a socket or folder by which an engine is steered, besides those that everybody knows: what
    /// leads to it, or lies in it, is as an engine's socket. This allows nothing.
    pub fn with_engine_place(mut self, path: AbsolutePath) -> Self {
        self.engine_places.insert(path);
        self
    }

    /// What is allowed.
    pub fn allowed(&self) -> impl Iterator<Item = &Allowance> {
        self.allowed.iter()
    }

    pub(super) fn engine_places(&self) -> impl Iterator<Item = &AbsolutePath> {
        self.engine_places.iter()
    }

    fn has(&self, allowance: &Allowance) -> bool {
        self.allowed.contains(allowance)
    }

    pub(super) fn allows_engine_socket(&self) -> bool {
        self.has(&Allowance::EngineSocket)
    }

    pub(super) fn allows_privileged(&self) -> bool {
        self.has(&Allowance::Privileged)
    }

    pub(super) fn allows_namespace(&self, namespace: HostNamespace) -> bool {
        self.has(&Allowance::Namespace(namespace))
    }

    /// What is not named here gives no right that workloads have not anyway.
    pub(super) fn allows_capability(&self, capability: &LinuxCapability, of: &HostAccess) -> bool {
        capability.is_usual()
            || self.is_privileged(of)
            || self.has(&Allowance::Capability(capability.clone()))
            || self.has(&Allowance::Capability(LinuxCapability::all()))
    }

    pub(super) fn allows_unconfined(&self, what: Unconfined, of: &HostAccess) -> bool {
        // Whoever is privileged is still held to the rights that it was started with.
        let implied = what != Unconfined::NewPrivileges && self.is_privileged(of);
        implied || self.has(&Allowance::Unconfined(what))
    }

    pub(super) fn allows_device(&self, path: &AbsolutePath, of: &HostAccess) -> bool {
        let named = |allowance: &Allowance| matches!(allowance, Allowance::Device(known) if path.is_within(known));
        // Outside of /dev it is as good as a file of the host.
        let implied = self.is_privileged(of) && path.as_str().starts_with("/dev/");
        implied || self.allowed.iter().any(named)
    }

    pub(super) fn allows_bind(&self, bind: &Bind, path: &AbsolutePath) -> bool {
        self.allowed.iter().any(|allowance| match allowance {
            Allowance::Bind { path: known, write } => (*write || bind.read_only) && path.is_within(known),
            _ => false,
        })
    }

    /// True for what is privileged and may be.
    fn is_privileged(&self, access: &HostAccess) -> bool {
        access.privileged && self.allows_privileged()
    }
}

impl FromIterator<Allowance> for Policy {
    fn from_iter<I: IntoIterator<Item = Allowance>>(allowed: I) -> Self {
        allowed.into_iter().fold(Self::deny(), Self::with)
    }
}
