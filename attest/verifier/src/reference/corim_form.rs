//! Reference values as a signed CoRIM (draft-ietf-rats-corim-11): one CoMID whose reference triple
//! has one measurement an event, in order.

use std::collections::BTreeMap;

use cloister_bundle::Digest;
use cloister_evidence::{Switches, log::IMAGE_PCR};
use corim::{
    builder::{ComidBuilder, CorimBuilder},
    types::{
        common::{MeasuredElement, TagIdChoice},
        corim::{CorimId, CorimMetaMap, CorimSignerMap, ProfileChoice},
        environment::{ClassMap, EnvironmentMap},
        measurement::{
            Digest as CorimDigest, DigestAlg, FlagsMap, IntegrityRegisterId, IntegrityRegisters,
            MeasurementMap, MeasurementValuesMap, SvnChoice,
        },
        signed::{SignedCorimBuilder, decode_signed_corim, validate_signed_corim_payload},
        triples::ReferenceTriple,
    },
};

use super::{Expected, Kind, Reference};
use crate::{
    AttestError,
    key::{PublicKey, SecretKey},
    time,
};

/// The profile of these reference values.
const PROFILE: &str = "tag:cloister.invalid,2026:reference#1";
/// EdDSA (RFC 9053, 2.2).
const EDDSA: i64 = -8;
/// SHA-256 among named information hashes (RFC 6920).
const SHA_256: i64 = 1;
const VENDOR: &str = "Cloister";

const BOOT_PROGRAM: &str = "boot-program";
const IMAGE_REGISTER: &str = "image-pcr";

fn environment(reference: &Reference) -> EnvironmentMap {
    EnvironmentMap {
        class: Some(ClassMap {
            class_id: None,
            vendor: Some(VENDOR.to_owned()),
            model: Some(reference.name.clone()),
            layer: None,
            index: None,
        }),
        instance: None,
        group: None,
    }
}

/// The key of an event's measurement: its kind, and its name where there is one.
fn key_of(kind: &Kind) -> String {
    match kind {
        Kind::Kernel => "kernel".to_owned(),
        Kind::TrustAnchors => "trust-anchors".to_owned(),
        Kind::Manifest => "manifest".to_owned(),
        Kind::Policy { .. } => "policy".to_owned(),
        Kind::PolicySignature => "policy-signature".to_owned(),
        Kind::Component(name) => format!("component:{name}"),
        Kind::GuestImage(name) => format!("guest-image:{name}"),
        Kind::CommandLine(subject) => format!("command-line:{subject}"),
    }
}

fn measurement(key: String, sha256: Digest) -> MeasurementMap {
    let digests = Some(vec![CorimDigest::new(SHA_256, sha256.0.to_vec())]);
    let mut mval = MeasurementValuesMap::default();
    mval.digests = digests;
    MeasurementMap { mkey: Some(MeasuredElement::Text(key)), mval, authorized_by: None }
}

fn flags(is_secure: bool, is_debug: Option<bool>) -> FlagsMap {
    FlagsMap {
        is_configured: None,
        is_secure: Some(is_secure),
        is_recovery: None,
        is_debug,
        is_replay_protected: None,
        is_integrity_protected: None,
        is_runtime_meas: None,
        is_immutable: None,
        is_tcb: None,
        is_confidentiality_protected: None,
        is_runtime_updatable: None,
    }
}

/// Writes and signs.
pub fn write(reference: &Reference, key: &SecretKey) -> Result<Vec<u8>, AttestError> {
    let encoding = |error: &dyn std::fmt::Debug| AttestError::Encoding(format!("{error:?}"));
    let mut measurements = Vec::new();
    if let Some(digest) = reference.boot_program {
        let mut entry = measurement(BOOT_PROGRAM.to_owned(), digest);
        entry.mval.flags = reference.secure_boot.then(|| flags(true, None));
        measurements.push(entry);
    }
    for expected in &reference.events {
        let mut entry = measurement(key_of(&expected.kind), expected.sha256);
        if let Kind::Policy { version, switches } = expected.kind {
            entry.mval.svn = Some(SvnChoice::ExactValue(version));
            entry.mval.flags = Some(flags(!switches.unsafe_dma, Some(switches.debug)));
        }
        measurements.push(entry);
    }
    let image_pcr = CorimDigest::new(SHA_256, reference.image_pcr()?.0.to_vec());
    let register = IntegrityRegisterId::Uint(IMAGE_PCR.into());
    let mut mval = MeasurementValuesMap::default();
    mval.integrity_registers =
        Some(IntegrityRegisters(BTreeMap::from([(register, vec![image_pcr])])));
    let mkey = Some(MeasuredElement::Text(IMAGE_REGISTER.to_owned()));
    measurements.push(MeasurementMap { mkey, mval, authorized_by: None });

    let identifier = reference.identifier()?.to_string();
    let comid = ComidBuilder::new(TagIdChoice::Text(identifier.clone()))
        .add_reference_triple(ReferenceTriple::new(environment(reference), measurements))
        .build()
        .map_err(|error| encoding(&error))?;
    let payload = CorimBuilder::new(CorimId::Text(identifier))
        .set_profile(ProfileChoice::Uri(PROFILE.to_owned()))
        .add_comid_tag(comid)
        .and_then(CorimBuilder::build_bytes)
        .map_err(|error| encoding(&error))?;
    let signer = CorimSignerMap { signer_name: VENDOR.to_owned(), signer_uri: None };
    let mut builder = SignedCorimBuilder::new(EDDSA, payload)
        .set_corim_meta(CorimMetaMap { signer, signature_validity: None });
    let signed = builder.to_be_signed(&[]).map_err(|error| encoding(&error))?;
    builder.build_with_signature(key.sign(&signed).to_vec()).map_err(|error| encoding(&error))
}

/// Verifies and reads; says what is wrong.
pub fn read(bytes: &[u8], key: &PublicKey) -> Result<Reference, String> {
    let signed =
        decode_signed_corim(bytes).map_err(|error| format!("not a signed CoRIM: {error:?}"))?;
    let message = signed.to_be_signed(&[]).map_err(|error| format!("{error:?}"))?;
    if !key.verifies(&message, &signed.signature) {
        return Err("the signature is not of the key that was given".to_owned());
    }
    let now = i64::try_from(time::now()).unwrap_or(i64::MAX);
    let valid =
        validate_signed_corim_payload(&signed, now).map_err(|error| format!("{error:?}"))?;
    if valid.corim.profile != Some(ProfileChoice::Uri(PROFILE.to_owned())) {
        return Err("it is of a profile that is not known here".to_owned());
    }
    let [comid] = &valid.comids[..] else {
        return Err("it does not have one CoMID".to_owned());
    };
    let triples = comid.triples.reference_triples.as_deref().unwrap_or_default();
    let [triple] = triples else {
        return Err("it does not have one reference triple".to_owned());
    };
    let class = triple.environment().class.as_ref();
    let name = class.and_then(|class| class.model.clone()).ok_or("it names no policy")?;
    let mut reference =
        Reference { name, boot_program: None, secure_boot: false, events: Vec::new() };
    let mut register = None;
    for entry in triple.measurements() {
        let Some(MeasuredElement::Text(key)) = &entry.mkey else {
            return Err("a measurement has no name".to_owned());
        };
        match key.as_str() {
            IMAGE_REGISTER => register = Some(&entry.mval),
            BOOT_PROGRAM => {
                reference.boot_program = Some(digest_of(key, &entry.mval)?);
                let flags = entry.mval.flags.as_ref();
                reference.secure_boot = flags.and_then(|flags| flags.is_secure) == Some(true);
            }
            key => {
                let kind = kind_of(key, &entry.mval)?;
                reference.events.push(Expected { kind, sha256: digest_of(key, &entry.mval)? });
            }
        }
    }
    let predicted = reference.image_pcr().map_err(|error| error.to_string())?;
    let stated = register
        .and_then(|values| values.integrity_registers.as_ref())
        .and_then(|registers| registers.0.get(&IntegrityRegisterId::Uint(IMAGE_PCR.into())));
    if stated != Some(&vec![CorimDigest::new(SHA_256, predicted.0.to_vec())]) {
        return Err("its image PCR is not that of its events".to_owned());
    }
    Ok(reference)
}

fn digest_of(key: &str, values: &MeasurementValuesMap) -> Result<Digest, String> {
    match values.digests.as_deref() {
        Some([CorimDigest(DigestAlg::Int(SHA_256), bytes)]) => {
            <[u8; 32]>::try_from(&bytes[..]).ok()
        }
        _ => None,
    }
    .map(Digest)
    .ok_or_else(|| format!("the measurement {key} does not have one SHA-256 digest"))
}

fn kind_of(key: &str, values: &MeasurementValuesMap) -> Result<Kind, String> {
    Ok(match key.split_once(':') {
        Some(("component", name)) => Kind::Component(name.to_owned()),
        Some(("guest-image", name)) => Kind::GuestImage(name.to_owned()),
        Some(("command-line", subject)) => Kind::CommandLine(subject.to_owned()),
        None => match key {
            "kernel" => Kind::Kernel,
            "trust-anchors" => Kind::TrustAnchors,
            "manifest" => Kind::Manifest,
            "policy-signature" => Kind::PolicySignature,
            "policy" => policy_of(values)?,
            _ => return Err(format!("the measurement {key} is not known here")),
        },
        Some(_) => return Err(format!("the measurement {key} is not known here")),
    })
}

fn policy_of(values: &MeasurementValuesMap) -> Result<Kind, String> {
    let incomplete = "the policy's version or switches are missing";
    let Some(SvnChoice::ExactValue(version)) = values.svn else {
        return Err(incomplete.to_owned());
    };
    let flags = values.flags.as_ref().ok_or(incomplete)?;
    let debug = flags.is_debug.ok_or(incomplete)?;
    let unsafe_dma = !flags.is_secure.ok_or(incomplete)?;
    Ok(Kind::Policy { version, switches: Switches { debug, unsafe_dma } })
}
