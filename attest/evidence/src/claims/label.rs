//! The numbers of claims, in the order in which they are encoded: the bytewise order of their
//! encodings (RFC 8949, 4.2.1).

/// The key that signs (RFC 8747).
pub const CONFIRMATION: i32 = 8;
/// The nonce (RFC 9711).
pub const NONCE: i32 = 10;
/// The machine (RFC 9711).
pub const UEID: i32 = 256;
/// Whether debugging is possible (RFC 9711).
pub const DEBUG_STATUS: i32 = 263;
/// What form the evidence has (RFC 9711).
pub const PROFILE: i32 = 265;
/// How often it was booted (RFC 9711).
pub const BOOT_COUNT: i32 = 267;
/// The software's name (RFC 9711).
pub const SOFTWARE_NAME: i32 = 270;
/// The software's version (RFC 9711).
pub const SOFTWARE_VERSION: i32 = 271;
/// From here on of this profile's own: the boot log.
pub const BOOT_LOG: i32 = -70001;
/// The policy.
pub const POLICY: i32 = -70002;
/// The resource map.
pub const RESOURCE_MAP: i32 = -70003;
/// The isolation verdict.
pub const ISOLATION: i32 = -70004;
/// How far the audit records are chained.
pub const AUDIT: i32 = -70005;
/// Resets of the TPM.
pub const RESET_COUNT: i32 = -70006;
/// The firmware's event log.
pub const FIRMWARE_LOG: i32 = -70007;
/// The quote, which binds all before it.
pub const TPM: i32 = -70008;

/// The confirmation method: a COSE key (RFC 8747, 3.2).
pub const COSE_KEY: i32 = 1;
/// COSE key: type (RFC 9052, 7).
pub const KEY_TYPE: i32 = 1;
/// Key type: octet key pair (RFC 9053, 7.2).
pub const OKP: i32 = 1;
/// Octet key pair: curve.
pub const CURVE: i32 = -1;
/// Curve: Ed25519.
pub const ED25519: i32 = 6;
/// Octet key pair: the public key.
pub const X: i32 = -2;

/// Debugging is possible (RFC 9711, 4.2.9.1).
pub const DEBUG_ENABLED: u8 = 0;
/// It has been impossible since boot (RFC 9711, 4.2.9.3).
pub const DEBUG_DISABLED_SINCE_BOOT: u8 = 2;

/// First byte of the machine's identity: a random or hashed number (RFC 9711, 4.2.1.1).
pub const UEID_RANDOM: u8 = 1;

/// Quote: what was signed.
pub const TPM_ATTEST: i32 = 1;
/// Quote: the signature.
pub const TPM_SIGNATURE: i32 = 2;
/// Quote: the key's public area.
pub const TPM_KEY: i32 = 3;
/// Quote: which PCRs.
pub const TPM_SELECTION: i32 = 4;
/// Quote: their values.
pub const TPM_VALUES: i32 = 5;
