//! One request, one answer.

use cloister_evidence::exchange::{Answer, HEADER, MAX_ANSWER, Problem, Request};
use cloister_evidence::{Claims, Heads, TpmEvidence, token};
use cloister_tpm::{Tpm, TpmError, Transport};

use crate::{Boot, Extended, SealedKey, identity, key, quoted_pcrs};

/// Longest TPMS_ATTEST and TPMT_SIGNATURE of a quote, in bytes: some 150 and 75 are usual.
const MAX_QUOTE: usize = 512;

/// Where answers are made: too large for a stack.
#[derive(Debug)]
pub struct Buffers {
    token: [u8; MAX_ANSWER],
    message: [u8; MAX_ANSWER + HEADER],
}

impl Buffers {
    /// Empty ones.
    #[must_use]
    pub const fn new() -> Self {
        Self { token: [0; MAX_ANSWER], message: [0; MAX_ANSWER + HEADER] }
    }
}

impl Default for Buffers {
    fn default() -> Self {
        Self::new()
    }
}

/// The attester.
#[derive(Debug)]
pub struct Attester<'a, T> {
    boot: Boot<'a>,
    tpm: Option<(Tpm<T>, SealedKey)>,
    version: &'static str,
    audit: Option<Heads>,
}

impl<'a, T: Transport> Attester<'a, T> {
    /// An attester on a machine whose firmware measured into this TPM. Extends what is left to extend.
    ///
    /// # Errors
    /// Any [`TpmError`].
    pub fn with_tpm(
        boot: Boot<'a>,
        mut tpm: Tpm<T>,
        version: &'static str,
    ) -> Result<(Self, Extended), TpmError<T::Error>> {
        let extended = boot.extend(&mut tpm)?;
        let key = SealedKey::make(&mut tpm)?;
        Ok((Self { boot, tpm: Some((tpm, key)), version, audit: None }, extended))
    }

    /// An attester on a machine where nothing was measured into a TPM: its evidence says so.
    #[must_use]
    pub fn without_tpm(boot: Boot<'a>, version: &'static str) -> Self {
        Self { boot, tpm: None, version, audit: None }
    }

    /// The TPM, for whoever shares the machine's one.
    pub fn tpm_mut(&mut self) -> Option<&mut Tpm<T>> {
        self.tpm.as_mut().map(|(tpm, _)| tpm)
    }

    /// Has evidence say from now on that the kernel's audit records are chained up to these heads; none
    /// where nobody chains them.
    pub fn audited(&mut self, heads: Option<Heads>) {
        self.audit = heads;
    }

    /// Answers a request.
    pub fn answer<'b>(&mut self, request: &Request<'_>, buffers: &'b mut Buffers) -> &'b [u8] {
        let Buffers { token, message } = buffers;
        let problem = match *request {
            Request::Challenge { nonce } => match self.evidence(nonce, token) {
                Some(evidence) => return write(&Answer::Evidence(evidence), message),
                None => Problem::Internal,
            },
            Request::Identity => match self.tpm.as_mut().map(|(tpm, _)| identity::of(tpm)) {
                Some(Ok(found)) => {
                    let identity = Answer::Identity {
                        certificate: found.certificate.get(..found.length).unwrap_or_default(),
                        endorsement_key: &found.endorsement,
                        attestation_key: &found.attestation,
                    };
                    return write(&identity, message);
                }
                Some(Err(_)) => Problem::Internal,
                None => Problem::NoTpm,
            },
            Request::Activate { credential_blob, secret } => match &mut self.tpm {
                Some((tpm, _)) => match identity::activate(tpm, credential_blob, secret) {
                    Ok(opened) => return write(&Answer::Activated(&opened), message),
                    Err(problem) => problem,
                },
                None => Problem::NoTpm,
            },
        };
        write(&Answer::Problem(problem), message)
    }

    /// Answers what is no request, or comes too often.
    pub fn refuse(problem: Problem, buffers: &mut Buffers) -> &[u8] {
        write(&Answer::Problem(problem), &mut buffers.message)
    }

    /// What evidence says, but who signs it and which machine it is.
    fn claims<'c>(&self, nonce: &'c [u8]) -> Claims<'c>
    where
        'a: 'c,
    {
        let Boot { log, firmware_log, policy, resource_map, isolation } = self.boot;
        Claims {
            evidence_key: [0; 32],
            nonce,
            machine: None,
            version: self.version,
            boot_count: 0,
            reset_count: 0,
            boot_log: log,
            policy,
            resource_map,
            isolation,
            audit: self.audit,
            firmware_log,
        }
    }

    fn evidence<'b>(&mut self, nonce: &[u8], buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let claims = self.claims(nonce);
        match &mut self.tpm {
            Some((tpm, key)) => signed(tpm, key, claims, buffer).ok()?,
            None => {
                let seed = key::without_tpm(&claims.boot_log);
                let claims = Claims { evidence_key: key::public(&seed), ..claims };
                token::sign(&claims, None, &seed, buffer).ok()
            }
        }
    }
}

/// Evidence with a quote that binds it; none where it is too large.
fn signed<'b, T: Transport>(
    tpm: &mut Tpm<T>,
    key: &SealedKey,
    claims: Claims<'_>,
    buffer: &'b mut [u8],
) -> Result<Option<&'b [u8]>, TpmError<T::Error>> {
    let selection = quoted_pcrs();
    let reset_count = tpm.reset_count()?;
    let attestation = tpm.create_attestation_key()?;
    let claims = Claims {
        evidence_key: key.public(),
        machine: Some(Claims::machine_of(&attestation.public)),
        // The TPM counts for the machine, which has no counter of its own that stays.
        boot_count: reset_count.into(),
        reset_count,
        ..claims
    };
    let mut quote = [0; MAX_QUOTE];
    let quoted = tpm
        .quote(attestation.handle, &claims.qualifying_data(), selection)
        .map(|quoted| copy(&[quoted.attest, quoted.signature], &mut quote));
    let flushed = tpm.flush(attestation.handle);
    let lengths = quoted?;
    flushed?;
    let Some([attest, signature]) = lengths else { return Ok(None) };
    let (attest, rest) = quote.split_at(attest);
    let bank = tpm.pcr_read(selection)?;
    let mut values = [[0; 32]; 10];
    for (place, index) in values.iter_mut().zip(selection.indices()) {
        *place = bank.get(index).copied().unwrap_or_default();
    }
    let evidence = TpmEvidence {
        attest,
        signature: rest.get(..signature).unwrap_or_default(),
        attestation_key: &attestation.public,
        selection: selection.bits(),
        values: &values,
    };
    let seed = key.open(tpm)?;
    Ok(token::sign(&claims, Some(&evidence), &seed, buffer).ok())
}

/// Copies both parts one after the other; returns their lengths if there is room.
fn copy(parts: &[&[u8]; 2], to: &mut [u8]) -> Option<[usize; 2]> {
    let [first, second] = parts;
    let (head, tail) = to.split_at_mut_checked(first.len())?;
    head.copy_from_slice(first);
    tail.get_mut(..second.len())?.copy_from_slice(second);
    Some([first.len(), second.len()])
}

fn write<'b>(answer: &Answer<'_>, message: &'b mut [u8]) -> &'b [u8] {
    // Everything that this program answers fits: evidence is bounded by the token's buffer.
    answer.write(message).unwrap_or_default()
}
