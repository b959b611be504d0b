//! The way from outside to ports that speak no HTTP.

use std::net::IpAddr;

use eve_core::{Error, HostName, Result};

use super::slug::Slug;
use crate::codes;
use crate::grammar::{At, mapping, parsed};

parsed! {
    Cidr, "a block of addresses";
}

mapping! {
    /// Ports that are reached from outside as they are. No backend does that yet: a deploy with them is refused.
    TcpIngress = "tcp_ingress section" {
        /// The ports, 1 to 20 of them.
        listeners: Vec<At<Listener>> = "listeners", required;
        /// The host under which they are found.
        hostname: HostName = "hostname";
    }
    checked {
        "allow_cidrs" as Vec<At<Cidr>>: "Who may connect: blocks of addresses such as 10.0.0.0/8. Everybody by default.";
    }
}

mapping! {
    /// A port that is reached from outside.
    Listener = "listener" {
        /// Its name: a-z, 0-9 and -, beginning with a letter.
        name: Slug = "name", required;
        /// One of the service's ports, and none of 30000 to 32767.
        port: u16 = "port", required;
    }
}

/// A block of addresses: an address and how many bits of it count.
#[derive(Debug, Clone)]
pub(crate) struct Cidr;

impl std::str::FromStr for Cidr {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts = text.split_once('/').and_then(|(address, bits)| Some((address.parse::<IpAddr>().ok()?, bits)));
        let is_block = parts.is_some_and(|(address, bits)| {
            let most = if address.is_ipv4() { 32 } else { 128 };
            let digits = (1..=3).contains(&bits.len()) && bits.bytes().all(|b| b.is_ascii_digit());
            let plain = bits == "0" || !bits.starts_with('0');
            digits && plain && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
        });
        if is_block {
            return Ok(Self);
        }
        Err(Error::invalid(codes::BAD_VALUE, format!("`{}` is no block of addresses", text.escape_debug()))
            .with_hint("write an address and its bits: 10.0.0.0/8, 2001:db8::/32, 192.0.2.7/32 for one alone"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_an_address_and_its_bits() {
        for text in ["10.0.0.0/8", "0.0.0.0/0", "192.0.2.7/32", "::/0", "2001:db8::/128"] {
            assert!(text.parse::<Cidr>().is_ok(), "{text}");
        }
        for text in
            ["10.0.0.0", "10.0.0.0/33", "::/129", "10.0.0/8", "a/8", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/08", "/8"]
        {
            assert!(text.parse::<Cidr>().is_err(), "{text}");
        }
    }
}
