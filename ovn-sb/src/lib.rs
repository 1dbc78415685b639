//! Typed bindings of the OVN Southbound database, and the meaning of its commands.
