//! Logging: levels, line patterns, destinations and rate limits (ovs-vswitchd(8), "Logging
//! Options").

mod clock;
mod config;
mod limit;
mod log;
mod modules;
mod pattern;

pub(crate) use clock::format as format_utc;
pub use config::{Config, Destination, Level, LogFile, Syslog, udp_address};
pub use limit::RateLimit;
pub use log::{Identity, Log};
