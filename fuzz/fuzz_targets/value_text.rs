//! What people write for a value: see `value_text.rs` of the library.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ovn_fuzz::check_value_text(data));
