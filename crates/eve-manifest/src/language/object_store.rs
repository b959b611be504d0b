//! Buckets.

use eve_core::{Error, Result};

use super::slug::BucketName;
use crate::codes;
use crate::grammar::{At, mapping, parsed, words};

parsed! {
    CorsOrigin, "where pages come from";
}

words! {
    /// Who may read a bucket.
    Visibility {
        Private = "private";
        Public = "public";
    }
}

words! {
    /// How buckets are kept apart from those of others.
    Isolation {
        Auto = "auto";
        Irsa = "irsa";
        Shared = "shared";
    }
}

words! {
    /// What pages of other origins may do.
    CorsMethod {
        Get = "GET";
        Put = "PUT";
        Post = "POST";
        Delete = "DELETE";
        Head = "HEAD";
    }
}

mapping! {
    /// Buckets for a service. No backend has them yet: a deploy with them is refused.
    ObjectStore = "object_store section" {
        /// The buckets.
        buckets: Vec<At<Bucket>> = "buckets", required;
    }
    checked {
        "isolation" as Isolation: "How they are kept apart from those of others: auto (the default), irsa or shared.";
    }
}

mapping! {
    /// A bucket.
    Bucket = "bucket" {
        /// Its name: a-z, 0-9 and -, beginning with a letter and not ending with -.
        name: BucketName = "name", required;
    }
    checked {
        "visibility" as Visibility: "Who may read it: private (the default) or public.";
        "cors" as Cors: "What pages of other origins may do.";
    }
}

mapping! {
    /// What pages of other origins may do.
    Cors = "cors section" {
    }
    checked {
        "origins" as Vec<At<CorsOrigin>>, required: "Where the pages come from: https://shop.example.org, or * for anywhere.";
        "methods" as Vec<At<CorsMethod>>: "What they may do: GET, PUT, POST, DELETE, HEAD. GET by default.";
        "max_age_seconds" as u32: "How long a browser may remember it.";
    }
}

/// Where pages come from: a scheme and a host, or anywhere.
#[derive(Debug, Clone)]
pub(crate) struct CorsOrigin;

impl std::str::FromStr for CorsOrigin {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let is_host =
            |host: &str| !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:*[]".contains(&b));
        if text == "*" || host.is_some_and(is_host) {
            return Ok(Self);
        }
        Err(Error::invalid(codes::BAD_VALUE, format!("`{}` is no origin", text.escape_debug()))
            .with_hint("write a scheme and a host, and nothing behind it: https://shop.example.org"))
    }
}
