//! Typed bindings of the Open_vSwitch database, and the meaning of its commands.
//!
//! [`tables`] has one type per table, whose constants are the handles of its columns, each with the Rust type of its values:
//!
//! ```
//! use ovs_vswitch::tables::{self, Bridge, BridgeFailMode};
//! use ovsdb_proto::row::Column;
//!
//! let mode: Column<Bridge, Option<BridgeFailMode>> = Bridge::FAIL_MODE;
//! assert_eq!(format!("{mode:?}"), "Bridge.fail_mode");
//! assert_eq!(BridgeFailMode::from("secure"), BridgeFailMode::Secure);
//! assert_eq!(tables::DATABASE, "Open_vSwitch");
//! ```

pub mod ops;
pub mod tables;
