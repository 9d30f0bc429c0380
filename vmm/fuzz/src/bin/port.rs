//! Fuzzes [`cloister_vmm_fuzz::port`].

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| cloister_vmm_fuzz::port(input));

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    cloister_vmm_fuzz::replay_arguments(cloister_vmm_fuzz::port)
}
