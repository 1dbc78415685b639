//! Looks for input on which `check_value_text` fails.
#![cfg_attr(fuzzing, no_main)]

ovn_fuzz::target!(ovn_fuzz::check_value_text);
