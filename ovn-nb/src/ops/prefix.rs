//! In which form are IP prefixes and addresses compared and stored?

use super::addresses::{Cidr, ipv6_to_string};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IP address of either family with the length of its network's prefix. It is shown as it is stored: bits behind the prefix zero, a single
/// address without length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Prefix {
    /// Of IPv4.
    V4(Cidr<Ipv4Addr>),
    /// Of IPv6.
    V6(Cidr<Ipv6Addr>),
}

impl Prefix {
    /// The prefix that is the whole of `text`: `10.0.0.0/24`, `10.0.0.0/255.255.255.0`, `10.0.0.1`, `fd00::/64`.
    pub fn parse(text: &str) -> Option<Prefix> {
        let v4 = Cidr::<Ipv4Addr>::parse(text).map(Prefix::V4);
        v4.or_else(|| Cidr::<Ipv6Addr>::parse(text).map(Prefix::V6))
    }

    /// The address, with the bits behind the prefix.
    pub const fn address(&self) -> IpAddr {
        match self {
            Prefix::V4(cidr) => IpAddr::V4(cidr.address),
            Prefix::V6(cidr) => IpAddr::V6(cidr.address),
        }
    }

    /// How many bits the prefix has.
    pub const fn length(&self) -> u8 {
        match self {
            Prefix::V4(cidr) => cidr.prefix,
            Prefix::V6(cidr) => cidr.prefix,
        }
    }

    /// Whether this is of IPv6.
    pub const fn is_v6(&self) -> bool {
        matches!(self, Prefix::V6(_))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (network, bits) = match self {
            Prefix::V4(cidr) => (cidr.network().to_string(), 32),
            Prefix::V6(cidr) => (ipv6_to_string(cidr.network()), 128),
        };
        if self.length() == bits { f.pad(&network) } else { f.pad(&format!("{network}/{}", self.length())) }
    }
}

/// A prefix in the form in which it is stored; `None` if `text` is none.
pub fn normalize(text: &str) -> Option<String> {
    Prefix::parse(text).map(|prefix| prefix.to_string())
}

/// A dotted IPv4 address, with nothing around it, in the form in which it is stored.
pub fn normalize_v4(text: &str) -> Option<String> {
    text.parse().ok().map(|address: Ipv4Addr| address.to_string())
}

/// An IPv6 address, with nothing around it, in the form in which it is stored.
pub fn normalize_v6(text: &str) -> Option<String> {
    text.parse().ok().map(ipv6_to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As ovn-nbctl of 26.03 prints and stores them.
    #[test]
    fn prefixes_are_normalized() {
        let check =
            |text: &str, expect: Option<&str>| assert_eq!(normalize(text).as_deref(), expect, "{text}");
        check("10.7.0.5/16", Some("10.7.0.0/16"));
        check("10.7.0.5", Some("10.7.0.5"));
        check("10.7.0.5/32", Some("10.7.0.5"));
        check("10.7.0.5/0", Some("0.0.0.0/0"));
        check("10.7.0.5/255.255.0.0", Some("10.7.0.0/16"));
        check("10.7.0.5/255.0.255.0", None);
        check(" 10.7.0.300/ 24", Some("10.7.0.0/24"));
        check("10.7.0.5/33", None);
        check("10.7.0.5/", None);
        check("10.7.0", None);
        check("fd00::1/64", Some("fd00::/64"));
        check("FD00:0:0::1/128", Some("fd00::1"));
        check("fd00::1/ffff:ffff::", Some("fd00::/32"));
        check("fd00::1/129", None);
        check("::/0", Some("::/0"));
        check("::1.2.3.4", Some("::1.2.3.4"));
        check("x", None);
        check("", None);
    }

    #[test]
    fn addresses_stand_alone() {
        assert_eq!(normalize_v4("10.0.0.1").as_deref(), Some("10.0.0.1"));
        assert_eq!(normalize_v4("10.0.0.1/32"), None);
        assert_eq!(normalize_v4("10.0.0.01"), None);
        assert_eq!(normalize_v6("FE80::0001").as_deref(), Some("fe80::1"));
        assert_eq!(normalize_v6("10.0.0.1"), None);
    }

    #[test]
    fn prefixes_are_padded_as_texts() {
        assert_eq!(Prefix::parse("10.0.0.1").map(|p| format!("{p:>10}")).as_deref(), Some("  10.0.0.1"));
    }
}
