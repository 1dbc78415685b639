//! Looks for input on which `check_transactions` fails.
#![cfg_attr(fuzzing, no_main)]

ovn_fuzz::target!(ovn_fuzz::check_transactions);
