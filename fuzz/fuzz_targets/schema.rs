//! Looks for input on which `check_schema` fails.
#![cfg_attr(fuzzing, no_main)]

ovn_fuzz::target!(ovn_fuzz::check_schema);
