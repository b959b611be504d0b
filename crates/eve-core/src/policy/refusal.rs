//! What the policy refuses.

use std::collections::BTreeSet;
use std::fmt;

use super::{Allowance, HostUse};
use crate::{AbsolutePath, Code, Error, Origin, ServiceName, codes};

/// One thing that a service asks of the host and that the policy does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The service.
    pub service: ServiceName,
    /// What it asks for.
    pub asks: HostUse,
    /// What it is without links, where that is something else and the reason.
    pub real: Option<AbsolutePath>,
    /// Where that is asked for.
    pub origin: Origin,
    /// The stable code, of the group `policy`.
    pub code: Code,
    /// What would permit it.
    pub needs: Allowance,
}

impl Refusal {
    /// The path of the host that is asked for, where it is one.
    pub fn path(&self) -> Option<&AbsolutePath> {
        match &self.asks {
            HostUse::Bind(bind) | HostUse::EngineSocket(bind) => Some(&bind.source),
            HostUse::Device(device) => Some(&device.source),
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.origin, self.service, self.asks)?;
        if let Some(real) = &self.real {
            write!(f, "; behind links that is {real}")?;
        }
        write!(f, " ({}; needs {})", self.code, self.needs)
    }
}

/// Everything that the policy refuses of one target state: at least one thing. `Display` shows one a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals(Vec<Refusal>);

impl Refusals {
    /// Fails if anything is refused.
    ///
    /// # Errors
    /// Of kind `Denied`, with the code of the refusals if all have the same, and `policy.denied` otherwise;
    /// all of them are its source.
    pub fn check(refusals: Vec<Refusal>) -> crate::Result<()> {
        if refusals.is_empty() { Ok(()) } else { Err(Self(refusals).into_error()) }
    }

    /// They, in the order of services.
    pub fn iter(&self) -> std::slice::Iter<'_, Refusal> {
        self.0.iter()
    }

    fn into_error(self) -> Error {
        let found: BTreeSet<&Code> = self.iter().map(|refusal| &refusal.code).collect();
        let code = match found.first() {
            Some(code) if found.len() == 1 => (*code).clone(),
            _ => codes::POLICY_DENIED,
        };
        let count = self.0.len();
        let things = if count == 1 { "one thing" } else { "things" };
        let text = format!("the host's policy forbids {things} that the manifest asks of the host");
        let needs: BTreeSet<String> = self.iter().map(|refusal| refusal.needs.to_string()).collect();
        let needs: Vec<String> = needs.into_iter().collect();
        let hint = format!("remove it, or let whoever runs this host allow it: {}", needs.join(", "));
        Error::denied(code, text).with_hint(hint).with_source(self)
    }
}

impl<'a> IntoIterator for &'a Refusals {
    type Item = &'a Refusal;
    type IntoIter = std::slice::Iter<'a, Refusal>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, refusal) in self.iter().enumerate() {
            let between = if i == 0 { "" } else { "\n  and " };
            write!(f, "{between}{refusal}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusals {}
