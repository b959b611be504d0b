//! Where this machine sends what is for other networks: a subnet that it has a way to already, through a
//! tunnel or another engine's bridge, would lead containers' traffic astray.

use std::fs;
use std::net::Ipv4Addr;

use crate::subnet::Subnet;

/// The subnets to which there is a route. None where the system does not tell.
pub(super) fn host_routes() -> Vec<Subnet> {
    read(&fs::read_to_string("/proc/net/route").unwrap_or_default())
}

/// A line for each route behind one of headings; addresses are as they lie in memory.
fn read(table: &str) -> Vec<Subnet> {
    let number = |word: &str| Some(u32::from_be(u32::from_str_radix(word, 16).ok()?));
    let route = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let prefix = u8::try_from(number(words.get(7)?)?.count_ones()).ok()?;
        Subnet::new(Ipv4Addr::from_bits(number(words.get(1)?)?), prefix).ok()
    };
    table.lines().skip(1).filter_map(route).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn routes_are_read_as_the_kernel_writes_them() {
        let table = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
            eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
            br-1\t00BFE70A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n\
            tun0\t0000E00A\t00000000\t0001\t0\t0\t0\t0000F8FF\t0\t0\t0\n\
            half a line\n";
        let routes: Vec<String> = read(table).iter().map(Subnet::to_string).collect();
        assert_eq!(routes, ["0.0.0.0/0", "10.231.191.0/24", "10.224.0.0/13"]);
        assert_eq!(read(""), []);
    }
}
