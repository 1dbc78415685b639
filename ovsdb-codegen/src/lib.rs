//! Generates typed bindings from an OVSDB schema.
