//! Reference values as JSON.

use serde_json::{Value, json};

use super::{Kind, Reference};
use crate::AttestError;

/// As JSON, format 1.
pub fn write(reference: &Reference) -> Result<Value, AttestError> {
    let events: Vec<Value> = reference
        .events
        .iter()
        .map(|expected| {
            let event = expected.event();
            let mut entry = json!({
                "event": event.title(),
                "sha256": expected.sha256.to_string(),
            });
            if let Some(name) = event.name() {
                entry["name"] = name.into();
            }
            if let Kind::Policy { version, switches } = expected.kind {
                entry["version"] = version.into();
                entry["debug"] = switches.debug.into();
                entry["unsafe-dma"] = switches.unsafe_dma.into();
            }
            entry
        })
        .collect();
    let image_pcr = reference.image_pcr()?;
    Ok(json!({
        "format": 1,
        "name": reference.name,
        "boot-program": reference.boot_program.map(|digest| digest.to_string()),
        "secure-boot": if reference.secure_boot { "required" } else { "optional" },
        "events": events,
        "image-pcr": { "index": cloister_evidence::log::IMAGE_PCR, "sha256": image_pcr.to_string() },
        "short-code": reference.short_code()?.as_str(),
    }))
}
