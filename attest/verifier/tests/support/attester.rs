//! A machine that answers over TCP, as the appliance's attester will.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

use cloister_evidence::exchange::{Answer, Problem, Request};
use cloister_tpm::command::EndorsementKind;

use super::Desk;

/// Answers so many requests on a port of this machine.
pub fn serve(mut desk: Desk, requests: usize) -> (SocketAddr, thread::JoinHandle<Desk>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        for stream in listener.incoming().take(requests) {
            let mut stream = stream.unwrap();
            let request = receive(&mut stream);
            let answer = answer(&mut desk, &request);
            stream.write_all(&answer).unwrap();
        }
        desk
    });
    (address, thread)
}

fn receive(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while matches!(Request::parse(&bytes), Ok(None)) && stream.read(&mut byte).unwrap() == 1 {
        bytes.push(byte[0]);
    }
    bytes
}

/// What the machine answers to a message.
pub fn answer(desk: &mut Desk, message: &[u8]) -> Vec<u8> {
    let mut buffer = vec![0; 128 << 10];
    let mut write = |answer: Answer<'_>| answer.write(&mut buffer).unwrap().to_vec();
    match Request::parse(message) {
        Ok(Some(Request::Challenge { nonce })) => {
            let evidence = desk.evidence(nonce);
            write(Answer::Evidence(&evidence))
        }
        Ok(Some(Request::Identity)) => {
            let kind = EndorsementKind::Rsa2048;
            let endorsement = desk.tpm.create_endorsement_key(kind).unwrap();
            desk.tpm.flush(endorsement.handle).unwrap();
            let mut certificate = [0; 4096];
            let size = desk.tpm.nv_read(kind.certificate_index(), &mut certificate).unwrap();
            write(Answer::Identity {
                certificate: &certificate[..size.unwrap_or(0)],
                endorsement_key: &endorsement.public,
                attestation_key: &desk.key.public,
            })
        }
        Ok(Some(Request::Activate { credential_blob, secret })) => {
            let kind = EndorsementKind::Rsa2048;
            let endorsement = desk.tpm.create_endorsement_key(kind).unwrap();
            let activated = desk.tpm.activate_credential(
                desk.key.handle,
                endorsement.handle,
                credential_blob,
                secret,
            );
            desk.tpm.flush(endorsement.handle).unwrap();
            match &activated {
                Ok(secret) => write(Answer::Activated(secret)),
                Err(_) => write(Answer::Problem(Problem::Refused)),
            }
        }
        _ => write(Answer::Problem(Problem::BadRequest)),
    }
}
