//! Requests and answers from anybody.

use cloister_evidence::exchange::{Answer, HEADER, MAX_REQUEST, Request};

/// Reading never panics, wants no more than is allowed, and accepts only what writing would give.
///
/// # Panics
/// When that does not hold.
pub fn exchange(input: &[u8]) {
    match Request::parse(input) {
        Ok(Some(request)) => {
            let mut buffer = [0; HEADER + MAX_REQUEST];
            assert_eq!(request.write(&mut buffer), Ok(input), "a request has one encoding");
        }
        Ok(None) => assert!(input.len() < HEADER + MAX_REQUEST, "a request is never longer"),
        Err(_) => {}
    }
    if let Ok(answer) = Answer::parse(input) {
        let mut buffer = vec![0; input.len()];
        assert_eq!(answer.write(&mut buffer), Ok(input), "an answer has one encoding");
    }
}
