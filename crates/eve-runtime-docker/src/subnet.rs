//! Subnets, and which of them an environment gets. Pure.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use eve_core::{Digest, Error, Result, codes};
use serde::{Deserialize, Serialize};

/// A range of IPv4 addresses: `10.224.3.0/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Subnet {
    first: u32,
    prefix: u8,
}

impl Subnet {
    /// The range of that many leading bits around an address; bits behind them do not count.
    ///
    /// # Errors
    /// `unit.malformed` if a range cannot have that many leading bits.
    pub fn new(address: Ipv4Addr, prefix: u8) -> Result<Self> {
        if prefix > 32 {
            return Err(Error::invalid(codes::UNIT_MALFORMED, format!("a subnet cannot have {prefix} leading bits")));
        }
        Ok(Self::around(address.to_bits(), prefix))
    }

    fn around(address: u32, prefix: u8) -> Self {
        let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
        Self { first: address & mask, prefix }
    }

    /// How many leading bits are fixed.
    pub fn prefix(self) -> u8 {
        self.prefix
    }

    /// How many addresses there are.
    fn size(self) -> u64 {
        1 << (32 - u32::from(self.prefix))
    }

    fn last(self) -> u32 {
        u32::try_from(u64::from(self.first) + self.size() - 1).unwrap_or(u32::MAX)
    }

    /// True if an address lies in it.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        (self.first..=self.last()).contains(&address.to_bits())
    }

    /// True if the two have an address in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.first <= other.last() && other.first <= self.last()
    }

    /// The first address that a host may have: the engine's own.
    pub(crate) fn gateway(self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.first + 1)
    }

    /// The last quarter, from which the engine gives addresses to whoever joins without one. What
    /// Eve starts has an address before that, so that no stranger is in its way.
    pub(crate) fn guests(self) -> Self {
        let quarter = self.size() / 4;
        let first = self.last() - u32::try_from(quarter - 1).unwrap_or(0);
        Self { first, prefix: self.prefix + 2 }
    }

    /// The addresses that Eve gives, each once, in an order that follows from what it is for.
    pub(crate) fn addresses(self, seed: &str) -> impl Iterator<Item = Ipv4Addr> + use<> {
        let (first, count) = (self.first + 2, self.guests().first.saturating_sub(self.first + 2));
        turned(seed, u64::from(count)).map(move |step| Ipv4Addr::from_bits(first + u32::try_from(step).unwrap_or(0)))
    }

    /// Its parts of that many leading bits, each once, in an order that follows from what it is for.
    fn parts(self, prefix: u8, seed: &str) -> impl Iterator<Item = Self> + use<> {
        let count = 1_u64 << prefix.saturating_sub(self.prefix);
        let size = 1_u64 << (32 - u32::from(prefix));
        let first = u64::from(self.first);
        turned(seed, count).map(move |step| Self { first: u32::try_from(first + step * size).unwrap_or(0), prefix })
    }
}

/// The numbers below `count`, each once, beginning where the seed says.
fn turned(seed: &str, count: u64) -> impl Iterator<Item = u64> + use<> {
    let start = u64::from_str_radix(&Digest::of(seed).short(15), 16).expect("a digest's digits are hexadecimal");
    (0..count).map(move |step| (start + step) % count)
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from_bits(self.first), self.prefix)
    }
}

impl FromStr for Subnet {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let read = || {
            let (address, prefix) = text.split_once('/')?;
            let subnet = Self::new(address.parse().ok()?, prefix.parse().ok()?).ok()?;
            (subnet.to_string() == text).then_some(subnet)
        };
        read().ok_or_else(|| {
            Error::invalid(codes::UNIT_MALFORMED, format!("{text:?} is not a subnet"))
                .with_hint("write its first address and its leading bits: 10.224.0.0/13")
        })
    }
}

impl TryFrom<String> for Subnet {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Subnet> for String {
    fn from(subnet: Subnet) -> Self {
        subnet.to_string()
    }
}

/// The addresses that environments get their subnets from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubnetPool {
    within: Subnet,
    size: u8,
}

impl SubnetPool {
    /// Subnets of `size` leading bits (24 is 190 instances, old and new together) of a range.
    ///
    /// # Errors
    /// `unit.malformed` if none fits, or each would be too small for an instance (28 is the smallest).
    pub fn new(within: Subnet, size: u8) -> Result<Self> {
        if (within.prefix()..=28).contains(&size) {
            return Ok(Self { within, size });
        }
        let text = format!("{within} cannot be shared out as subnets of {size} leading bits");
        Err(Error::invalid(codes::UNIT_MALFORMED, text).with_hint("take at most 28, and no fewer than the range has"))
    }

    /// True if a route leads to a part of it: a subnet there would take what is for others. One that is
    /// wider than the pool leads to whatever has no route of its own, and is no reason.
    pub(crate) fn loses_to(&self, route: Subnet) -> bool {
        route.prefix() >= self.within.prefix() && route.overlaps(self.within)
    }

    /// A subnet for an environment that overlaps none of those taken.
    ///
    /// # Errors
    /// `network.exhausted`.
    pub(crate) fn choose(&self, seed: &str, taken: &[Subnet]) -> Result<Subnet> {
        let free = |part: &Subnet| !taken.iter().any(|other| other.overlaps(*part));
        self.within.parts(self.size, seed).find(free).ok_or_else(|| {
            let text = format!("no subnet of {} leading bits is left in {}", self.size, self.within);
            Error::exhausted(codes::NETWORK_EXHAUSTED, text)
                .with_hint("delete environments or other networks of the engine, or give the runtime another pool; routes of this machine count, too")
        })
    }
}

impl Default for SubnetPool {
    /// 2048 subnets of 24 leading bits: 10.224.0.0/13.
    fn default() -> Self {
        Self { within: Subnet::around(Ipv4Addr::new(10, 224, 0, 0).to_bits(), 13), size: 24 }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn subnet(text: &str) -> Subnet {
        text.parse().unwrap()
    }

    #[test]
    fn a_subnet_is_read_as_it_is_written() {
        assert_eq!(subnet("10.224.3.0/24").to_string(), "10.224.3.0/24");
        for bad in ["", "10.0.0.0", "10.0.0.1/24", "10.0.0.0/33", "10.0.0/8", "::/8"] {
            assert!(bad.parse::<Subnet>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn two_subnets_overlap_if_they_share_an_address() {
        for (a, b, overlap) in [
            ("10.0.0.0/8", "10.255.255.0/24", true),
            ("10.0.0.0/24", "10.0.1.0/24", false),
            ("0.0.0.0/0", "255.255.255.255/32", true),
        ] {
            assert_eq!(subnet(a).overlaps(subnet(b)), overlap, "{a} {b}");
            assert_eq!(subnet(b).overlaps(subnet(a)), overlap, "{b} {a}");
        }
    }

    #[test]
    fn guests_and_instances_have_addresses_of_their_own() {
        let all = subnet("10.0.0.0/24");
        assert_eq!(all.guests(), subnet("10.0.0.192/26"));
        let given: BTreeSet<_> = all.addresses("web").collect();
        assert_eq!(given.len(), 190);
        assert!(given.iter().all(|address| all.contains(*address) && !all.guests().contains(*address)));
        assert!(!given.contains(&all.gateway()) && !given.contains(&Ipv4Addr::new(10, 0, 0, 0)));
        assert_eq!(subnet("10.0.0.0/28").addresses("web").count(), 10);
    }

    #[test]
    fn a_pool_gives_each_environment_a_subnet_until_none_is_left() {
        let pool = SubnetPool::new(subnet("10.0.0.0/22"), 24).unwrap();
        let mut taken = vec![subnet("10.0.2.0/28")];
        for name in ["a", "b", "c"] {
            let chosen = pool.choose(name, &taken).unwrap();
            assert_eq!(pool.choose(name, &taken).unwrap(), chosen, "the same for the same environment");
            assert!(!taken.iter().any(|other| other.overlaps(chosen)));
            taken.push(chosen);
        }
        assert_eq!(pool.choose("d", &taken).unwrap_err().code(), &codes::NETWORK_EXHAUSTED);
    }

    #[test]
    fn a_pool_loses_to_routes_that_are_no_wider_than_itself() {
        let pool = SubnetPool::new(subnet("10.224.0.0/13"), 24).unwrap();
        for (route, loses) in [
            ("0.0.0.0/0", false),
            ("10.0.0.0/8", false),
            ("10.224.0.0/13", true),
            ("10.231.191.0/24", true),
            ("10.231.191.7/32", true),
            ("172.17.0.0/16", false),
        ] {
            assert_eq!(pool.loses_to(subnet(route)), loses, "{route}");
        }
    }

    #[test]
    fn a_pool_has_room_for_at_least_one_subnet_of_a_useful_size() {
        for (within, size) in [("10.0.0.0/24", 23), ("10.0.0.0/24", 29)] {
            assert!(SubnetPool::new(subnet(within), size).is_err());
        }
        assert!(SubnetPool::new(subnet("10.0.0.0/28"), 28).is_ok());
    }
}
