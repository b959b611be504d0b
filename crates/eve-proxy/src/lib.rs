//! The built-in ingress: routes by host and path, switched and drained without losing a request.
