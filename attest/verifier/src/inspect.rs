//! Evidence for people to read. Nothing is verified.

use std::fmt::Write as _;

use cloister_evidence::{Head, ShortCode, Token, claims::Decoded};
use cloister_tpm::{Quote, event_log::EventLog};

/// What evidence says, line by line.
///
/// # Errors
/// In words, if it is no evidence.
pub fn render(evidence: &[u8]) -> Result<String, String> {
    let token = Token::parse(evidence).map_err(|fault| fault.to_string())?;
    let decoded = Decoded::parse(token.payload).map_err(|fault| fault.to_string())?;
    let claims = &decoded.claims;
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name:16}  {value}");
    };
    line("Nonce", hex::encode(claims.nonce));
    line("Machine", claims.machine.map_or("no TPM".to_owned(), |machine| machine.to_string()));
    line("Evidence key", hex::encode(claims.evidence_key));
    line("Software", format!("Cloister {}", claims.version));
    line("Boots", claims.boot_count.to_string());
    line("Resets of TPM", claims.reset_count.to_string());
    let policy = &claims.policy;
    line("Policy", format!("version {}, {}", policy.version, policy.sha256));
    let on = |on| if on { "on" } else { "off" };
    line("Debug", on(policy.switches.debug).to_owned());
    line("Unsafe DMA", on(policy.switches.unsafe_dma).to_owned());
    line("Resource map", claims.resource_map.to_string());
    line("Isolation", claims.isolation.to_string());
    match &claims.audit {
        None => line("Audit records", "nobody chains them".to_owned()),
        Some(heads) => {
            for (processor, Head { records, lost, digest }) in heads.as_slice().iter().enumerate() {
                let head = hex::encode(digest);
                let value = format!("cpu {processor}: {records} chained, {lost} lost, {head}");
                line("Audit records", value);
            }
        }
    }
    let [image, _] = claims.boot_log.replay();
    line("Short code", ShortCode::of(image).to_string());
    match decoded.tpm().map(|tpm| Quote::parse(tpm.attest)) {
        None => line("Quote", "none: the machine has no TPM".to_owned()),
        Some(Err(fault)) => line("Quote", fault.to_string()),
        Some(Ok(quote)) => {
            line("Quote", format!("PCRs {}, {}", quote.selection, hex::encode(quote.pcr_digest)));
            let hours = quote.clock / 3_600_000;
            line("TPM clock", format!("{hours} hours, firmware {:#x}", quote.firmware_version));
        }
    }
    let firmware_log = claims.firmware_log.map(EventLog::parse);
    let secure_boot = match firmware_log.as_ref().and_then(|log| log.as_ref().ok()?.secure_boot()) {
        Some(true) => "on",
        Some(false) => "off",
        None => "not measured",
    };
    line("Secure Boot", secure_boot.to_owned());
    let _ = writeln!(text, "\nBoot log:");
    for logged in claims.boot_log.events() {
        let event = logged.record.event;
        let digest = event.sha256().map_or(String::new(), |sha256| sha256.to_string());
        let shown = event.to_string();
        let _ = writeln!(text, "{:4}  PCR {}  {shown:32}  {digest}", logged.number, event.pcr());
    }
    if let Some(log) = firmware_log {
        let _ = writeln!(text, "\nFirmware log:");
        match log {
            Err(fault) => {
                let _ = writeln!(text, "  {fault}");
            }
            Ok(log) => {
                for event in log.events() {
                    let (number, pcr, kind) = (event.number, event.pcr, event.kind);
                    let digest = hex::encode(event.digest);
                    let _ = writeln!(text, "{number:4}  PCR {pcr:2}  {kind:32}  {digest}");
                }
            }
        }
    }
    Ok(text)
}
