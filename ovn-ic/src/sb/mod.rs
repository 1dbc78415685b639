//! The global Southbound database, `OVN_IC_Southbound`: availability zones, their gateways, ports and routes.

pub mod ops;
pub mod tables;
