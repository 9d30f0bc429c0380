//! From boot to verdict: an appliance under UEFI with a TPM tells an auditor what it booted.

#![forbid(unsafe_code)]

mod accepted;
mod altered;
mod auditor;
mod image;
mod no_tpm;
mod tpm2_tools;

/// The policy that the tests boot.
const POLICY: &str = include_str!("../../policies/attested.toml");
