//! Looks for input on which `check_client_stream` fails.
#![cfg_attr(fuzzing, no_main)]

ovn_fuzz::target!(ovn_fuzz::check_client_stream);
