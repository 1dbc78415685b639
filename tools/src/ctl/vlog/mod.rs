//! How does a tool log: at which levels, in which form, and where to (ovs-vswitchd(8), "Logging Options")?

mod clock;
mod config;
mod log;
mod modules;
mod pattern;

pub(crate) use clock::format as format_utc;
pub use config::{Config, Destination, Level, LogFile, Syslog, udp_address};
pub use log::{Identity, Log};
