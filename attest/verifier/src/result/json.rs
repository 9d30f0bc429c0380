//! Results as JSON.

use serde_json::{Value, json};

use super::{DEVELOPER, PROFILE, SUBMODULE};
use crate::Appraisal;

pub fn write(appraisal: &Appraisal) -> Value {
    let vector: serde_json::Map<_, _> = appraisal
        .vector()
        .into_iter()
        .map(|(name, _, value)| (name.to_owned(), value.into()))
        .collect();
    let findings: Vec<Value> = appraisal
        .findings
        .iter()
        .map(|finding| {
            json!({
                "claim": finding.claim,
                "outcome": Appraisal::tier(finding.outcome).0,
                "expected": finding.expected,
                "came": finding.came,
                "meaning": finding.meaning,
            })
        })
        .collect();
    let mut submodule = json!({
        "ear_status": Appraisal::tier(appraisal.outcome()).0,
        "ear_trustworthiness_vector": vector,
        "cloister_findings": findings,
    });
    if let Some(identifier) = appraisal.policy_identifier() {
        submodule["ear_appraisal_policy_ids"] = json!([identifier]);
    }
    if let Some(identity) = appraisal.identity {
        submodule["cloister_machine"] = identity.to_string().into();
    }
    let mut result = json!({
        "eat_profile": PROFILE,
        "iat": appraisal.time,
        "ear_verifier_id": { "developer": DEVELOPER, "build": Appraisal::build() },
        "submods": { SUBMODULE: submodule },
    });
    if let Some(nonce) = &appraisal.nonce {
        result["eat_nonce"] = base64url(nonce).into();
    }
    result
}

/// Base 64 for URLs, without padding (RFC 4648, 5).
fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let group = |chunk: &[u8]| {
        let bits = chunk.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        let digit = |place: usize| char::from(ALPHABET[bits >> (18 - 6 * place) & 63]);
        (0..=chunk.len()).map(digit).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::base64url;

    #[test]
    fn base64_is_as_in_rfc_4648() {
        for (bytes, text) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")]
        {
            assert_eq!(base64url(bytes.as_bytes()), text);
        }
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
    }
}
