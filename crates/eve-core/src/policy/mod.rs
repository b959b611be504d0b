//! What the host lets manifests ask of it: nothing, unless somebody who runs the host says so.
//!
//! The policy is the host's own and never part of a manifest. [`judge`] is a pure rule over a target
//! state; where links lead is told to it as [`Links`], by a runtime that is a [`HostView`]. Runtimes judge
//! once more, by [`judge_service`], right before they make a workload.
//!
//! ```
//! use eve_core::desired::{Bind, ImageRef, Service, Source};
//! use eve_core::policy::{Allowance, Links, judge};
//! use eve_core::{AbsolutePath, Desired, EnvironmentId, Policy, ServiceName, codes};
//!
//! let mut web = Service::new(Source::Image(ImageRef::new("web:1")?));
//! web.host.privileged = true;
//! web.host.binds.push(Bind::new(AbsolutePath::new("/srv/data/web")?, AbsolutePath::new("/data")?));
//! let mut desired = Desired::empty(EnvironmentId::parse("acme/shop/prod")?);
//! desired.services.insert(ServiceName::new("web")?, web);
//!
//! let refusals = judge(&Policy::deny(), &desired, &Links::default());
//! let needs: Vec<String> = refusals.iter().map(|refusal| refusal.needs.to_string()).collect();
//! assert_eq!(needs, ["bind=/srv/data/web:rw", "privileged"]);
//!
//! let policy = Policy::deny().with("bind=/srv/data:rw".parse::<Allowance>()?);
//! let refusals = judge(&policy, &desired, &Links::default());
//! assert_eq!(refusals[0].code, codes::POLICY_PRIVILEGED);
//! # Ok::<(), eve_core::Error>(())
//! ```

mod allowance;
mod host_use;
mod host_view;
mod judge;
mod links;
mod places;
mod refusal;
mod rules;

pub use allowance::Allowance;
pub use host_use::HostUse;
pub use host_view::HostView;
pub use judge::{judge, judge_service};
pub use links::Links;
pub use refusal::{Refusal, Refusals};
pub use rules::Policy;
