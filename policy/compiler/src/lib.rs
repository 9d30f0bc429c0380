//! The policy language: compiler, checks, questions, signer
