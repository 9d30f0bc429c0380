//! Sinks for encoders that need no memory of their own.

use minicbor::encode::Write;
use sha2::{Digest as _, Sha256};

/// Compares what is written with what is expected.
pub struct Comparing<'a>(pub &'a [u8]);

/// What was written is not what was expected.
#[derive(Debug)]
pub struct Differs;

impl Write for Comparing<'_> {
    type Error = Differs;

    fn write_all(&mut self, written: &[u8]) -> Result<(), Differs> {
        self.0 = self.0.strip_prefix(written).ok_or(Differs)?;
        Ok(())
    }
}

/// Hashes what is written.
pub struct Hashing(pub Sha256);

impl Write for Hashing {
    type Error = core::convert::Infallible;

    fn write_all(&mut self, written: &[u8]) -> Result<(), Self::Error> {
        self.0.update(written);
        Ok(())
    }
}
