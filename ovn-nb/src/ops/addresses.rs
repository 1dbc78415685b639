//! Which Ethernet and IP addresses do the texts in a Northbound database stand for?
//!
//! They are read as the C programs read them, oddities included: what they would take for an address, another tool must not take for something else.

use super::scan::Scan;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// An Ethernet address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// The address that is the whole of `text`: six hexadecimal numbers with colons between them.
    pub fn parse(text: &str) -> Option<Mac> {
        let mut scan = Scan::new(text);
        mac(&mut scan).filter(|_| scan.is_done())
    }

    /// The address that `text` begins with.
    pub fn parse_prefix(text: &str) -> Option<Mac> {
        mac(&mut Scan::new(text))
    }

    /// The IPv6 address of the link that an interface with this address gives itself (RFC 4291 appendix A).
    pub const fn link_local(self) -> Ipv6Addr {
        let [a, b, c, d, e, f] = self.0;
        Ipv6Addr::from_octets([0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f])
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// An IP address with the length of its network's prefix, all of its bits if none was given. The bits behind the prefix are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr<A> {
    /// The address.
    pub address: A,
    /// The length of the prefix in bits.
    pub prefix: u8,
}

impl Cidr<Ipv4Addr> {
    /// The address that is the whole of `text`, alone or with a prefix length or a mask: `10.0.0.1/24`, `10.0.0.1/255.255.255.0`.
    pub fn parse(text: &str) -> Option<Cidr<Ipv4Addr>> {
        let mut scan = Scan::new(text);
        ipv4_cidr(&mut scan).filter(|_| scan.is_done())
    }

    /// The address with the bits behind the prefix zero.
    pub fn network(self) -> Ipv4Addr {
        let host = u32::MAX.checked_shr(u32::from(self.prefix)).unwrap_or(0);
        Ipv4Addr::from_bits(self.address.to_bits() & !host)
    }
}

impl Cidr<Ipv6Addr> {
    /// The address that is the whole of `text`, alone or with a prefix length or a mask: `fd00::1/64`, `fd00::1/ffff::`.
    pub fn parse(text: &str) -> Option<Cidr<Ipv6Addr>> {
        let mut scan = Scan::new(text);
        ipv6_cidr(&mut scan).filter(|_| scan.is_done())
    }

    /// The address with the bits behind the prefix zero.
    pub fn network(self) -> Ipv6Addr {
        let host = u128::MAX.checked_shr(u32::from(self.prefix)).unwrap_or(0);
        Ipv6Addr::from_bits(self.address.to_bits() & !host)
    }
}

/// What an element of `Logical_Switch_Port.addresses` that begins with an Ethernet address says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortAddresses {
    /// The Ethernet address.
    pub mac: Mac,
    /// The IPv4 addresses, in their order.
    pub ipv4: Vec<Cidr<Ipv4Addr>>,
    /// The IPv6 addresses, in their order.
    pub ipv6: Vec<Cidr<Ipv6Addr>>,
}

impl PortAddresses {
    /// Reads `MAC [IP]...`; `None` if there is no Ethernet address in front. Whatever follows the last address that makes sense is ignored.
    pub fn parse(text: &str) -> Option<PortAddresses> {
        let mut scan = Scan::new(text);
        let mut found = PortAddresses { mac: mac(&mut scan)?, ..PortAddresses::default() };
        while !scan.is_done() {
            if let Some(address) = ipv4_cidr(&mut scan) {
                found.ipv4.push(address);
            } else if let Some(address) = ipv6_cidr(&mut scan) {
                found.ipv6.push(address);
            } else {
                break;
            }
        }
        Some(found)
    }
}

/// Whether `text` may be an element of `Logical_Switch_Port.addresses`, as `lsp-set-addresses` sees it.
pub fn is_port_address(text: &str) -> bool {
    let dynamic = |what: fn(&mut Scan<'_>) -> bool| {
        let mut scan = Scan::new(text);
        scan.literal("dynamic").is_some() && what(&mut scan)
    };
    matches!(text, "unknown" | "dynamic" | "router")
        || Mac::parse_prefix(text).is_some()
        || dynamic(|s| ipv6_text(s).is_some())
        || dynamic(|s| ipv4_address(s).is_some())
}

/// Whether an element of `Logical_Switch_Port.addresses` leaves it to ovn-northd to choose the rest, so that `dynamic_addresses` tells the addresses.
pub fn is_dynamic(text: &str) -> bool {
    let is = |what: fn(&mut Scan<'_>) -> Option<()>| {
        let mut scan = Scan::new(text);
        what(&mut scan).is_some() && scan.is_done()
    };
    text == "dynamic"
        || is(|s| s.literal("dynamic").and_then(|()| ipv4_address(s)).map(|_| ()))
        || is(|s| s.literal("dynamic").and_then(|()| ipv4_address(s)).and_then(|_| ipv6_text(s)).map(|_| ()))
        || is(|s| s.literal("dynamic").and_then(|()| ipv6_text(s)).map(|_| ()))
        || is(|s| {
            mac(s)?;
            s.blanks();
            s.literal("dynamic")
        })
}

/// An IPv6 address as C's `inet_ntop` writes it: as Rust does, but for addresses that begin with 96 zeros (RFC 4291 section 2.5.5.1).
pub fn ipv6_to_string(address: Ipv6Addr) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, high, _] if high != 0 => {
            let [.., a, b, c, d] = address.octets();
            format!("::{}", Ipv4Addr::new(a, b, c, d))
        }
        _ => address.to_string(),
    }
}

fn mac(scan: &mut Scan<'_>) -> Option<Mac> {
    scan.attempt(|s| {
        let mut bytes = [0; 6];
        for (i, byte) in bytes.iter_mut().enumerate() {
            if i > 0 {
                s.literal(":")?;
            }
            *byte = s.byte(16)?;
        }
        Some(Mac(bytes))
    })
}

fn ipv4_address(scan: &mut Scan<'_>) -> Option<Ipv4Addr> {
    scan.attempt(|s| {
        let mut bytes = [0; 4];
        for (i, byte) in bytes.iter_mut().enumerate() {
            if i > 0 {
                s.literal(".")?;
            }
            *byte = s.byte(10)?;
        }
        Some(Ipv4Addr::from_octets(bytes))
    })
}

/// Takes an address and what follows its slash. With a prefix that makes no sense both are taken all the same, and the answer is `None`.
fn ipv4_cidr(scan: &mut Scan<'_>) -> Option<Cidr<Ipv4Addr>> {
    let address = ipv4_address(scan)?;
    if let Some(mask) = scan.attempt(|s| s.literal("/").and_then(|()| ipv4_address(s))) {
        let mask = mask.to_bits();
        let contiguous = mask.leading_ones() + mask.trailing_zeros() == 32;
        let prefix = u8::try_from(mask.leading_ones()).ok();
        return prefix.filter(|_| contiguous).map(|prefix| Cidr { address, prefix });
    }
    match scan.attempt(|s| s.literal("/").and_then(|()| s.int())) {
        Some(prefix) => u8::try_from(prefix).ok().filter(|p| *p <= 32).map(|prefix| Cidr { address, prefix }),
        None => Some(Cidr { address, prefix: 32 }),
    }
}

/// Takes white space and whatever might be an IPv6 address.
fn ipv6_text<'a>(scan: &mut Scan<'a>) -> Option<&'a str> {
    scan.attempt(|s| {
        s.blanks();
        ipv6_run(s)
    })
}

// as many characters as the C tools take at most
fn ipv6_run<'a>(scan: &mut Scan<'a>) -> Option<&'a str> {
    scan.run(46, |b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'))
}

/// As [`ipv4_cidr`].
fn ipv6_cidr(scan: &mut Scan<'_>) -> Option<Cidr<Ipv6Addr>> {
    let address = ipv6_text(scan)?.parse().ok()?;
    if let Some(prefix) = scan.attempt(|s| s.literal("/").and_then(|()| s.int())) {
        return u8::try_from(prefix).ok().filter(|p| *p <= 128).map(|prefix| Cidr { address, prefix });
    }
    let mask = scan.attempt(|s| s.literal("/").and_then(|()| ipv6_run(s)));
    let Some(mask) = mask else { return Some(Cidr { address, prefix: 128 }) };
    let mask = mask.parse::<Ipv6Addr>().ok()?.to_bits();
    let contiguous = mask.leading_ones() + mask.trailing_zeros() == 128;
    let prefix = u8::try_from(mask.leading_ones()).ok();
    prefix.filter(|_| contiguous).map(|prefix| Cidr { address, prefix })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        let found = PortAddresses::parse(text)?;
        let ipv4 = found.ipv4.iter().map(|a| format!(" {}/{}", a.address, a.prefix));
        let ipv6 = found.ipv6.iter().map(|a| format!(" {}/{}", ipv6_to_string(a.address), a.prefix));
        Some(format!("{}{}{}", found.mac, ipv4.collect::<String>(), ipv6.collect::<String>()))
    }

    /// Each was tried on ovn-nbctl 26.03, which tells by which addresses it finds to be duplicates.
    #[test]
    fn port_addresses() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(shown(text).as_deref(), expect, "{text:?}");
        check("00:00:00:00:00:01 10.0.0.1", Some("00:00:00:00:00:01 10.0.0.1/32"));
        check("0:0:0:0:0:1 10.0.0.1/24 fe80::1", Some("00:00:00:00:00:01 10.0.0.1/24 fe80::1/128"));
        check("  0: 0:0:0:0:3\t10.0.0.1", Some("00:00:00:00:00:03 10.0.0.1/32"));
        check("-1:+1:0x1:0:000:3 10.0.0.1", Some("ff:01:01:00:00:03 10.0.0.1/32"));
        check("1 :1:0:0:0:3 10.0.0.1", None);
        check("00:00:00:00:00", None);
        check("dynamic 10.0.0.1", None);
        check("0:0:0:0:0:3 garbage 10.0.0.1", Some("00:00:00:00:00:03"));
        check("0:0:0:0:0:310.0.0.1", Some("00:00:00:00:00:10"));
        check("80:fa:5b:06:72:b7 10.0.0.9,10.0.0.1", Some("80:fa:5b:06:72:b7 10.0.0.9/32"));
        check("0:0:0:0:0:3 10.0.0.1/ 10.0.0.2", Some("00:00:00:00:00:03"));
        check("0:0:0:0:0:3 10.0.0.1/ x", Some("00:00:00:00:00:03 10.0.0.1/32"));
        check("0:0:0:0:0:3 10.0.0.1/255.0.0.0", Some("00:00:00:00:00:03 10.0.0.1/8"));
        check("0:0:0:0:0:3 10.0.0.1/255.0.255.0 10.0.0.2", Some("00:00:00:00:00:03"));
        check("0:0:0:0:0:3 10.0.0.257x", Some("00:00:00:00:00:03 10.0.0.1/32"));
        check("0:0:0:0:0:3 10.0.1", Some("00:00:00:00:00:03"));
        // of an address that is refused, what was read of it stays read
        check("0:0:0:0:0:1 10.0.0.1/33 fe80::1", Some("00:00:00:00:00:01 fe80::1/128"));
        check("0:0:0:0:0:1 10.0.0.1/33 10.0.0.2", Some("00:00:00:00:00:01"));
        check("0:0:0:0:0:1 fe80::1/129 10.0.0.1", Some("00:00:00:00:00:01"));
        check("0:0:0:0:0:1 fe80::1/ffff:: 10.0.0.1", Some("00:00:00:00:00:01 10.0.0.1/32 fe80::1/16"));
        check("0:0:0:0:0:1 fe80::2/ffff::1 fe80::1", Some("00:00:00:00:00:01"));
        check("0:0:0:0:0:1 ::102:304 ::102", Some("00:00:00:00:00:01 ::1.2.3.4/128 ::102/128"));
        check("0:0:0:0:0:1 ::ffff:1.2.3.4", Some("00:00:00:00:00:01 ::ffff:1.2.3.4/128"));
        check("0:0:0:0:0:1 é", Some("00:00:00:00:00:01"));
    }

    #[test]
    fn what_lsp_set_addresses_takes() {
        let check = |text: &str, expect: bool| assert_eq!(is_port_address(text), expect, "{text:?}");
        for text in [
            "unknown",
            "dynamic",
            "router",
            "dynamic 10.0.0.1x",
            "dynamic  fe80::1",
            "dynamica",
            " 0:0:0:0:0:0zz",
        ] {
            check(text, true);
        }
        for text in ["", "Unknown", "unknown ", " router", "dynamic zzz", "10.0.0.1", "gg:00:00:00:00:00"] {
            check(text, false);
        }
    }

    #[test]
    fn dynamic_addresses() {
        let check = |text: &str, expect: bool| assert_eq!(is_dynamic(text), expect, "{text:?}");
        for text in [
            "dynamic",
            "dynamic 10.0.0.1",
            "dynamic 10.0.0.1 fe80::3",
            "dynamic fe80::3",
            "0:0:0:0:0:1 dynamic",
        ] {
            check(text, true);
        }
        for text in
            ["dynamic ", "dynamic 10.0.0.1 ", "dynamic 10.0.0.1/24", "0:0:0:0:0:1 dynamic ", "0:0:0:0:0:1"]
        {
            check(text, false);
        }
    }

    #[test]
    fn whole_texts() {
        assert_eq!(Mac::parse("0:2:EF:11:39:4f"), Some(Mac([0, 2, 0xef, 0x11, 0x39, 0x4f])));
        assert_eq!(Mac::parse("00:02:ef:11:39:4f "), None);
        let v4 = |text: &str| {
            Cidr::<Ipv4Addr>::parse(text).map(|c| format!("{}/{} {}", c.address, c.prefix, c.network()))
        };
        assert_eq!(v4("10.7.0.5/16").as_deref(), Some("10.7.0.5/16 10.7.0.0"));
        assert_eq!(v4("10.7.0.5/0").as_deref(), Some("10.7.0.5/0 0.0.0.0"));
        assert_eq!(v4("10.7.0.5").as_deref(), Some("10.7.0.5/32 10.7.0.5"));
        assert_eq!(v4("10.7.0.5/33"), None);
        assert_eq!(v4("10.7.0.5/24 "), None);
        let v6 = |text: &str| {
            Cidr::<Ipv6Addr>::parse(text).map(|c| format!("{}/{} {}", c.address, c.prefix, c.network()))
        };
        assert_eq!(v6("fd00::1:2/112").as_deref(), Some("fd00::1:2/112 fd00::1:0"));
        assert_eq!(v6("fd00::1/0").as_deref(), Some("fd00::1/0 ::"));
        assert_eq!(v6("fd00::1").as_deref(), Some("fd00::1/128 fd00::1"));
        assert_eq!(v6("fd00::1::"), None);
    }

    #[test]
    fn link_local_addresses() {
        let link_local = Mac::parse("00:02:ef:11:39:4f").unwrap().link_local();
        assert_eq!(link_local.to_string(), "fe80::202:efff:fe11:394f");
    }
}
