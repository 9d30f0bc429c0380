//! The protocol: what is written is read, and nothing else.

use cloister_evidence::exchange::{Answer, HEADER, MAX_REQUEST, MessageFault, Problem, Request};

const REQUESTS: [Request<'static>; 3] = [
    Request::Challenge { nonce: &[7; 32] },
    Request::Identity,
    Request::Activate { credential_blob: &[1; 68], secret: &[2; 256] },
];

fn written(request: &Request<'_>) -> Vec<u8> {
    request.write(&mut [0; HEADER + MAX_REQUEST]).unwrap().to_vec()
}

#[test]
fn requests_come_through_whole_or_not_at_all() {
    for request in REQUESTS {
        let bytes = written(&request);
        for length in 0..bytes.len() {
            assert_eq!(Request::parse(&bytes[..length]), Ok(None), "{length} bytes");
        }
        assert_eq!(Request::parse(&bytes), Ok(Some(request)));
        let more = [&bytes[..], &[0]].concat();
        assert_eq!(Request::parse(&more), Err(MessageFault::Malformed));
    }
}

#[test]
fn a_bad_header_is_known_before_the_body_comes() {
    let header = |change: fn(&mut [u8])| {
        let mut bytes = written(&REQUESTS[0])[..HEADER].to_vec();
        change(&mut bytes);
        Request::parse(&bytes).unwrap_err()
    };
    assert_eq!(header(|bytes| bytes[0] = b'G'), MessageFault::Magic);
    assert_eq!(header(|bytes| bytes[4] = 2), MessageFault::Version(2));
    assert_eq!(header(|bytes| bytes[5] = 0x81), MessageFault::Kind(0x81));
    assert_eq!(header(|bytes| bytes[6] = 1), MessageFault::Malformed);
    assert_eq!(header(|bytes| bytes[8..].fill(0xff)), MessageFault::TooLong(u32::MAX));
    assert_eq!(
        header(|bytes| bytes[8..].copy_from_slice(&[0, 0, 4, 1])),
        MessageFault::TooLong(1025)
    );
}

#[test]
fn a_nonce_of_another_length_is_refused() {
    for length in [0, 15, 65] {
        let nonce = vec![0; length];
        let bytes = written(&Request::Challenge { nonce: &nonce });
        assert_eq!(Request::parse(&bytes), Err(MessageFault::Malformed), "{length} bytes");
    }
}

#[test]
fn answers_come_through() {
    for answer in [
        Answer::Evidence(b"token"),
        Answer::Identity { certificate: b"c", endorsement_key: b"e", attestation_key: b"a" },
        Answer::Activated(&[5; 32]),
        Answer::Problem(Problem::Busy),
        Answer::Problem(Problem::NoTpm),
    ] {
        let mut buffer = [0; 512];
        let bytes = answer.write(&mut buffer).unwrap();
        assert_eq!(Answer::parse(bytes), Ok(answer));
        assert_eq!(Answer::parse(&bytes[..bytes.len() - 1]), Err(MessageFault::Malformed));
    }
}
