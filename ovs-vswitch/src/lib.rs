//! Typed bindings of the Open_vSwitch database, and the meaning of its commands.
