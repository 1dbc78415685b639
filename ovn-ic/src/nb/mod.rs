//! The global Northbound database, `OVN_IC_Northbound`: transit switches and routers.

pub mod ops;
pub mod tables;
