//! Where evidence comes from: is it new, is it of a known machine, has its TPM signed for it.

use cloister_evidence::{Claims, TpmEvidence};
use cloister_tpm::{AttestationKey, Quote, Signature};
use p256::ecdsa::{VerifyingKey, signature::Verifier as _};

use super::{Appraisal, Aspect, Finding, Knowledge, required};
use crate::{AttestError, state::NonceState, time::span};

/// Whether the evidence was made for a challenge of this verifier, and now.
pub fn nonce(state: NonceState, now: u64) -> Finding {
    let failed = |came: &str, meaning: String| {
        Finding::failed("nonce", Aspect::Instance, "issued here, unused", came, meaning)
    };
    match state {
        NonceState::Fresh(_) => Finding::passed(
            "nonce",
            Aspect::Instance,
            "issued here, unused",
            "issued here, unused",
            "the evidence was made for this challenge",
        ),
        NonceState::Unknown => failed(
            "unknown",
            "this verifier did not ask for this evidence: it may be from any time".to_owned(),
        ),
        NonceState::Used(_) => failed(
            "used",
            "evidence for this challenge was appraised before: this may be a recording".to_owned(),
        ),
        NonceState::Expired(nonce) => failed(
            "expired",
            format!(
                "the challenge was good for {}, until {} ago",
                span(nonce.expires.saturating_sub(nonce.issued)),
                span(now.saturating_sub(nonce.expires)),
            ),
        ),
    }
}

/// Whether a known machine's TPM has signed for the claims. Returns what it signed.
pub fn check(
    appraisal: &mut Appraisal,
    claims: &Claims<'_>,
    tpm: Option<&TpmEvidence<'_>>,
    knowledge: &impl Knowledge,
) -> Result<Option<Quote>, AttestError> {
    let Some(tpm) = tpm else {
        appraisal.findings.push(Finding::failed(
            "tpm",
            Aspect::Hardware,
            "a quote",
            "none",
            "the machine has no TPM: nothing confirms what its boot program says",
        ));
        return Ok(None);
    };
    let identity = Claims::machine_of(tpm.attestation_key);
    appraisal.identity = Some(identity);
    appraisal.machine = knowledge.machine(identity)?;
    let name = appraisal.machine.as_ref().map(|machine| machine.name.clone());
    appraisal.findings.push(match &name {
        Some(name) if claims.machine == Some(identity) => Finding::passed(
            "machine",
            Aspect::Instance,
            "an enrolled machine",
            name,
            "its attestation key was proven to live in the TPM of this machine",
        ),
        Some(name) => Finding::failed(
            "machine",
            Aspect::Instance,
            name,
            claims.machine.map_or("nobody".to_owned(), |machine| machine.to_string()),
            "the evidence names another machine than the one whose key signed the quote",
        ),
        None => Finding::failed(
            "machine",
            Aspect::Instance,
            "an enrolled machine",
            identity,
            "nobody has enrolled this key: it may live anywhere",
        ),
    });
    let (finding, quote) = match quote(claims, tpm) {
        Ok(quote) => {
            let meaning = "the machine's TPM has signed for these claims";
            let finding =
                |came| Finding::passed("quote", Aspect::Hardware, "a quote", came, meaning);
            (finding("a quote"), Some(quote))
        }
        Err((came, meaning)) => {
            (Finding::failed("quote", Aspect::Hardware, "a quote", came, meaning), None)
        }
    };
    appraisal.findings.push(finding);
    if let Some(quote) = &quote {
        appraisal.findings.push(selection(tpm, quote));
    }
    Ok(quote)
}

/// The quote, if the key has signed it over these claims; else what came, and what that means.
fn quote(claims: &Claims<'_>, tpm: &TpmEvidence<'_>) -> Result<Quote, (&'static str, String)> {
    let key = AttestationKey::parse(tpm.attestation_key)
        .map_err(|fault| ("another kind of key", fault.to_string()))?;
    let wrong =
        |_| ("a wrong signature", "the quote was not signed by the attestation key".to_owned());
    let signature =
        Signature::parse(tpm.signature).map_err(|fault| ("no signature", fault.to_string()))?;
    let verifying = VerifyingKey::from_sec1_bytes(&key.point).map_err(wrong)?;
    let signature = p256::ecdsa::Signature::from_slice(&signature.0).map_err(wrong)?;
    verifying.verify(tpm.attest, &signature).map_err(wrong)?;
    let quote = Quote::parse(tpm.attest).map_err(|fault| ("no quote", fault.to_string()))?;
    if quote.qualifying_data != claims.qualifying_data() {
        return Err((
            "a quote for other claims",
            "the quote is not bound to these claims and this evidence key".to_owned(),
        ));
    }
    if quote.reset_count != claims.reset_count {
        return Err((
            "a quote of another start",
            format!(
                "the evidence says that the TPM was reset {} times, the TPM says {}",
                claims.reset_count, quote.reset_count
            ),
        ));
    }
    Ok(quote)
}

/// Whether the TPM signed for the PCRs that matter: what it signed counts, not what is said beside.
fn selection(tpm: &TpmEvidence<'_>, quote: &Quote) -> Finding {
    let said = (0..24).filter(|index| tpm.selection & (1 << index) != 0).collect::<Vec<u8>>();
    let said = cloister_tpm::Selection::of(&said);
    let (claim, aspect) = ("PCR selection", Aspect::Hardware);
    if quote.selection != said {
        return Finding::failed(
            claim,
            aspect,
            required(),
            quote.selection,
            format!(
                "the quote is over PCRs {}, the evidence passes it off as {said}",
                quote.selection
            ),
        );
    }
    if quote.selection == required() {
        let meaning = "the quote covers firmware, image and machine";
        Finding::passed(claim, aspect, required(), quote.selection, meaning)
    } else {
        let meaning = "the quote does not cover what has to be covered";
        Finding::failed(claim, aspect, required(), quote.selection, meaning)
    }
}
