//! The language eve/compose/v2: from text to a resolved project, with every problem at its place.
//!
//! ```
//! use eve_core::{EnvName, OrgName};
//! use eve_manifest::{Limits, Manifest, Target, Text};
//!
//! let text = "
//! schema: eve/compose/v2
//! name: shop
//! services:
//!   web:
//!     image: example/web:1
//!     command: serve --verbose
//!     ports: [8080]
//!     environment: { TOKEN: '${secret.TOKEN}', STAGE: '${ENV_NAME}' }
//!     x-eve: { ingress: { public: true } }
//! environments:
//!   sandbox: {}
//! ";
//! let manifest = Manifest::parse(Text { file: "manifest.yaml", text }, &Limits::default())?;
//! let lowered = manifest.lower(&Target::new(OrgName::new("acme")?))?;
//!
//! let sandbox = lowered.project.environment(&EnvName::new("sandbox")?)?;
//! assert_eq!(sandbox.desired.routes[0].host.as_str(), "web.acme-shop-sandbox.lvh.me");
//! assert_eq!(sandbox.desired.origins.of("services.web.command").to_string(), "manifest.yaml:7:14");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing is ignored in silence: a key is read, or it is reported with a code, a place and what to
//! do, all problems of a file at once.
//!
//! ```
//! use eve_manifest::{Limits, Manifest, Text, codes};
//!
//! let text = "services:\n  web:\n    imgae: nginx\n    ports: [eighty]\n";
//! let problems = Manifest::parse(Text { file: "compose.yaml", text }, &Limits::default()).unwrap_err();
//! let found: Vec<_> = problems.iter().map(|p| (p.code.clone(), p.line, p.column)).collect();
//! assert!(found.contains(&(codes::UNKNOWN_KEY, 3, 5)));
//! assert!(found.contains(&(codes::BAD_VALUE, 4, 13)));
//! println!("{problems}");
//! ```
//!
//! | here | what for |
//! |---|---|
//! | [`Manifest`] | reads a [`Text`] within [`Limits`], and lowers it for a [`Target`] to an [`eve_core::Project`] |
//! | [`Loader`] | finds the files of a manifest; this crate opens none itself |
//! | [`Problems`], [`Problem`] | what is wrong, with code, place, source line and hint |
//! | [`codes`] | every code and what it means |
//! | [`schema`], [`reference`](mod@reference) | the language as JSON Schema, for editors, and every key of it in words |
//! | [`Shown`] | a manifest as it holds: spelled in one way, with overrides, variables and defaults, each value with its origin |
//!
//! How fast, beside the bare events of its parser in the same run (`cargo bench -p eve-manifest`, 2 shared cores): reading,
//! checking, filling in and lowering.
//!
//! | services | bytes | events alone | whole | ratio | ns an event |
//! |---|---|---|---|---|---|
//! | 1 | 201 | 5 µs | 12 µs | 2.6 | 345 |
//! | 100 | 21,836 | 0.45 ms | 1.12 ms | 2.5 | 360 |
//! | 1,000 | 223,435 | 4.5 ms | 12.7 ms | 2.8 | 408 |
//! | 10,000 | 2,292,434 | 44.8 ms | 195 ms | 4.4 | 627 |
//!
//! What text is made to be dear (aliases of aliases, deep nesting, millions of values) is refused within 50 ms and 23 MiB, but for 3
//! MiB of forbidden characters, which are all told of: 100 ms.
//!
//! The way of a manifest: parser events become a tree in which every value knows its place; the
//! overrides of each environment are laid over; one table of keys per kind of mapping reads the tree
//! and yields the schema; rules that span several values are checked; the rest is lowering.

mod check;
mod grammar;
mod interpolation;
mod language;
mod limits;
mod loader;
mod lower;
mod lowered;
mod manifest;
mod model;
mod problem;
mod show;
mod suggest;
mod target;
mod text;
mod tree;
mod words;

pub mod codes;
pub mod reference;

pub use limits::Limits;
pub use loader::{Loader, MemoryLoader};
pub use lowered::Lowered;
pub use manifest::{Manifest, schema};
pub use problem::{Place, Problem, Problems, Severity};
pub use show::{Shown, ShownValue};
pub use target::Target;
pub use text::Text;
