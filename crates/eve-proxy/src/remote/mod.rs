//! The proxy of another process.

mod part;
mod request;
mod routes;

pub use part::ProxyPart;
pub use routes::RemoteRoutes;

use request::Request;
