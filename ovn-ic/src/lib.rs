//! Typed bindings of the OVN interconnection databases, and the meaning of their commands.
//!
//! [`nb`] is the global Northbound database, which operators write, and [`sb`] the global Southbound database, through which the
//! availability zones tell each other of gateways, ports and routes. Each has one type per table:
//!
//! ```
//! use ovn_ic::{nb, sb};
//! use ovsdb_proto::row::{Column, Ref};
//!
//! let name: Column<nb::tables::TransitSwitch, String> = nb::tables::TransitSwitch::NAME;
//! assert_eq!(format!("{name:?}"), "Transit_Switch.name");
//! let zone: Column<sb::tables::Gateway, Ref<sb::tables::AvailabilityZone>> = sb::tables::Gateway::AVAILABILITY_ZONE;
//! assert_eq!(format!("{zone:?}"), "Gateway.availability_zone");
//! assert_eq!(&*nb::tables::schema().name, "OVN_IC_Northbound");
//! ```

pub mod nb;
pub mod sb;
