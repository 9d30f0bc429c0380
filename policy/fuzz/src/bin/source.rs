//! Fuzzes [`cloister_policy_fuzz::source`].

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| cloister_policy_fuzz::source(input));

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    cloister_policy_fuzz::replay_arguments(cloister_policy_fuzz::source)
}
