//! Fuzzes [`cloister_attest_fuzz::attester`].

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| cloister_attest_fuzz::attester(input));

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    cloister_attest_fuzz::replay_arguments(cloister_attest_fuzz::attester)
}
