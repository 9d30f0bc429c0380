//! From boot to verdict: an appliance under UEFI with a TPM tells an auditor what it booted.

#![forbid(unsafe_code)]

mod accepted;
mod altered;
mod auditor;
#[allow(dead_code, reason = "other tests use more of it")]
#[path = "../../../attest/verifier/tests/support/certified.rs"]
mod certified;
mod commands;
mod image;
mod no_tpm;
#[path = "../../../attest/tpm/testing/swtpm.rs"]
mod swtpm;
mod tpm2_tools;

/// The policy that the tests boot.
const POLICY: &str = include_str!("../../policies/attested.toml");
