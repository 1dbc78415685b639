//! Typed bindings of the OVN interconnection databases, and the meaning of their commands.
