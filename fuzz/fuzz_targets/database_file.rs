//! Looks for input on which `check_database_file` fails.
#![cfg_attr(fuzzing, no_main)]

ovn_fuzz::target!(ovn_fuzz::check_database_file);
