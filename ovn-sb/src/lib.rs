//! Typed bindings of the OVN Southbound database, and the meaning of its commands.
//!
//! [`tables`] has one type per table, whose constants are the handles of its columns, each with the Rust type of its values:
//!
//! ```
//! use ovn_sb::tables::{self, Chassis, Encap, EncapType};
//! use ovsdb_proto::row::{Column, Ref};
//!
//! let encaps: Column<Chassis, Vec<Ref<Encap>>> = Chassis::ENCAPS;
//! assert_eq!(format!("{encaps:?}"), "Chassis.encaps");
//! assert_eq!(EncapType::from("geneve"), EncapType::Geneve);
//! assert_eq!(&*tables::schema().name, "OVN_Southbound");
//! ```

pub mod ops;
pub mod tables;
