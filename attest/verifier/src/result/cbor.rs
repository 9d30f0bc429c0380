//! Results as CWT.

use std::convert::Infallible;

use minicbor::{Encoder, encode::Error};

use super::{DEVELOPER, PROFILE, SUBMODULE};
use crate::{Appraisal, cose, key::SecretKey};

const IAT: u16 = 6;
const NONCE: u16 = 10;
const PROFILE_LABEL: u16 = 265;
const SUBMODULES: u16 = 266;
const VERIFIER: u16 = 1004;
const STATUS: i32 = 1000;
const VECTOR: i32 = 1001;
const POLICIES: i32 = 1003;
/// Of this verifier's own: the machine, and each check.
const MACHINE: i32 = -70020;
const FINDINGS: i32 = -70021;

/// What the token is (RFC 9782).
const TYPE: &str = "application/eat+cwt";

pub fn write(appraisal: &Appraisal, key: &SecretKey) -> Result<Vec<u8>, Error<Infallible>> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.map(4 + u64::from(appraisal.nonce.is_some()))?;
    encoder.u16(IAT)?.u64(appraisal.time)?;
    if let Some(nonce) = &appraisal.nonce {
        encoder.u16(NONCE)?.bytes(nonce)?;
    }
    encoder.u16(PROFILE_LABEL)?.str(PROFILE)?;
    encoder.u16(SUBMODULES)?.map(1)?.str(SUBMODULE)?;
    submodule(appraisal, &mut encoder)?;
    encoder.u16(VERIFIER)?.map(2)?.u8(0)?.str(DEVELOPER)?.u8(1)?.str(&Appraisal::build())?;
    cose::sign1(key, TYPE, &encoder.into_writer())
}

fn submodule(
    appraisal: &Appraisal,
    encoder: &mut Encoder<Vec<u8>>,
) -> Result<(), Error<Infallible>> {
    let policy = appraisal.policy_identifier();
    let claims = 3 + u64::from(policy.is_some()) + u64::from(appraisal.identity.is_some());
    encoder.map(claims)?;
    encoder.i32(STATUS)?.u8(Appraisal::tier(appraisal.outcome()).1)?;
    let vector = appraisal.vector();
    encoder.i32(VECTOR)?.map(vector.len() as u64)?;
    for (_, number, value) in vector {
        encoder.u8(number)?.u8(value)?;
    }
    if let Some(policy) = policy {
        encoder.i32(POLICIES)?.array(1)?.str(&policy)?;
    }
    if let Some(identity) = appraisal.identity {
        encoder.i32(MACHINE)?.bytes(&identity.0)?;
    }
    encoder.i32(FINDINGS)?.array(appraisal.findings.len() as u64)?;
    for finding in &appraisal.findings {
        encoder.array(5)?.str(finding.claim)?.u8(Appraisal::tier(finding.outcome).1)?;
        encoder.str(&finding.expected)?.str(&finding.came)?.str(&finding.meaning)?;
    }
    Ok(())
}
