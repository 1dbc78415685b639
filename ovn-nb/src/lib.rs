//! Typed bindings of the OVN Northbound database, and the meaning of its commands.
