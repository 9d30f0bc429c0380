//! The audit record.
//!
//! The kernel writes records of one size into a ring that one subject reads
//! ([`AuditBlock`](cloister_abi::AuditBlock)). It computes no digest: after lock it has no cryptography.
//! The reader chains the records that it exports (`cloister-audit-chain`), and whoever receives them
//! verifies the chain. The writer learns nothing of the reader, so records that are not read in time are
//! overwritten; sequence numbers show how many.

mod record;

pub use record::{Kind, Record};
