//! How does a tool log: at which levels, in which form, and where to (ovs-vswitchd(8), "Logging Options")?

mod config;

pub use config::{Config, Destination, Level, Syslog, udp_address};
