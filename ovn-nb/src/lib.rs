//! Typed bindings of the OVN Northbound database, and the meaning of its commands.
//!
//! [`tables`] has one type per table, whose constants are the handles of its columns, each with the Rust type of its values:
//!
//! ```
//! use ovn_nb::tables::{self, LogicalRouterPort, NatType};
//! use ovsdb_proto::row::{Column, Table};
//! use ovsdb_proto::schema::RefKind;
//!
//! // a misspelt column, or a value of another type, does not compile
//! let mac: Column<LogicalRouterPort, String> = LogicalRouterPort::MAC;
//! assert_eq!(format!("{mac:?}"), "Logical_Router_Port.mac");
//!
//! // what a newer schema adds reads as `Unknown`, and is written back as it was
//! assert_eq!(NatType::from("snat"), NatType::Snat);
//! assert_eq!(NatType::from("nat64").as_str(), "nat64");
//!
//! // the schema that the bindings were generated from is compiled in
//! let schema = tables::schema();
//! let routers = schema.table_id("Logical_Router").and_then(|id| schema.table(id)).expect("in the schema");
//! let ports = routers.column_id("ports").and_then(|id| routers.column(id)).expect("in the schema");
//! let reference = ports.type_.key.reference.as_ref().expect("a reference");
//! assert_eq!(&*reference.table, <LogicalRouterPort as Table>::NAME);
//! assert_eq!(reference.kind, RefKind::Strong);
//! ```

pub mod ops;
pub mod tables;
