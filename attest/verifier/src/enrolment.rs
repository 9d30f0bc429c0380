//! Enrolment: a machine becomes known by proving that its attestation key lives in a TPM that its
//! maker has certified.
//!
//! The verifier checks the certificate of the endorsement key, encrypts a secret so that only the TPM
//! with both keys can open it (credential activation), and waits to be told the secret. The two
//! steps can go over the network or by files; between them the secret is kept in the state.

mod certificate;
mod credential;
mod endorsement;

pub use certificate::{CertificateFault, Trust};
pub use credential::Credential;
pub use endorsement::{EndorsementFault, EndorsementKey};

use cloister_bundle::Digest;
use cloister_evidence::{
    Claims,
    exchange::{Answer, Request},
};
use cloister_tpm::{AttestationKey, name};
use serde::{Deserialize, Serialize};

use crate::{
    AttestError,
    network::Client,
    state::{Accepted, Endorsement, Machine, State},
    time,
};

/// Bytes of the secret that a TPM has to open.
const SECRET: usize = 32;

/// What is kept between the two steps.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pending {
    #[serde(with = "hex::serde")]
    secret: [u8; SECRET],
    machine: Machine,
}

fn refused(reason: impl std::fmt::Display) -> AttestError {
    AttestError::Enrolment(reason.to_string())
}

/// Both steps, over the network.
///
/// # Errors
/// [`AttestError::Enrolment`] if the machine is not to be trusted, others if it cannot be asked.
pub fn over_network(
    state: &State,
    client: &Client,
    machine_name: &str,
    trust: &Trust,
) -> Result<Machine, AttestError> {
    let message = client.ask(&Request::Identity)?;
    let (identity, credential) = begin(state, &message, machine_name, trust, time::now())?;
    let request =
        Request::Activate { credential_blob: &credential.blob, secret: &credential.secret };
    finish(state, identity, &client.ask(&request)?)
}

/// The first step: checks who the machine says that it is (an [`Answer::Identity`] message), and
/// makes the credential that it has to open.
///
/// # Errors
/// [`AttestError::Enrolment`] if its keys or its certificate are not to be trusted.
pub fn begin(
    state: &State,
    message: &[u8],
    machine_name: &str,
    trust: &Trust,
    now: u64,
) -> Result<(Digest, Credential), AttestError> {
    let Ok(Answer::Identity { certificate, endorsement_key, attestation_key }) =
        Answer::parse(message)
    else {
        return Err(refused("this is not the identity of a machine"));
    };
    AttestationKey::parse(attestation_key).map_err(refused)?;
    let endorsement = EndorsementKey::parse(endorsement_key).map_err(refused)?;
    let verified = trust.verify(certificate, &endorsement, now).map_err(refused)?;
    let mut secret = [0; SECRET];
    getrandom::fill(&mut secret).map_err(|_| AttestError::NoRandomness)?;
    let credential = Credential::make(&endorsement, &name(attestation_key), &secret)?;
    let identity = Claims::machine_of(attestation_key);
    let machine = Machine {
        format: 1,
        identity: identity.0,
        name: machine_name.to_owned(),
        attestation_key: attestation_key.to_vec(),
        endorsement: Endorsement {
            certificate: Digest::of(certificate).0,
            issuer: verified.issuer,
            serial: verified.serial,
        },
        enrolled: now,
        firmware: None,
        resource_map: None,
        accepted: Accepted::default(),
    };
    state.keep_pending(identity, &Pending { secret, machine })?;
    Ok((identity, credential))
}

/// The second step: if the machine tells the secret (an [`Answer::Activated`] message), it is
/// enrolled. A machine that was enrolled before keeps what is known of it.
///
/// # Errors
/// [`AttestError::Enrolment`] if it does not.
pub fn finish(state: &State, identity: Digest, message: &[u8]) -> Result<Machine, AttestError> {
    let pending: Option<Pending> = state.take_pending(identity)?;
    let pending = pending
        .ok_or_else(|| refused("nothing was asked of this machine, or it has answered before"))?;
    let Ok(Answer::Activated(secret)) = Answer::parse(message) else {
        return Err(refused("this is not the answer to a credential"));
    };
    if secret != pending.secret {
        return Err(refused(
            "the machine did not tell the secret: its attestation key is not in the TPM that the \
             certificate is for",
        ));
    }
    let known = state.machine(identity)?;
    let machine = match known {
        Some(known) => Machine {
            firmware: known.firmware,
            resource_map: known.resource_map,
            accepted: known.accepted,
            ..pending.machine
        },
        None => pending.machine,
    };
    state.keep_machine(&machine)?;
    Ok(machine)
}
