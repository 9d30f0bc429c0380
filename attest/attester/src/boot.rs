//! What is known of the boot, and the part of it that the attester extends.

use cloister_evidence::log::{LogFault, MACHINE_PCR};
use cloister_evidence::{Digest, Event, LogView, PolicyClaim, Verdict};
use cloister_tpm::{Selection, Tpm, TpmError, Transport};

/// The boot, as the boot program left it.
#[derive(Clone, Copy, Debug)]
pub struct Boot<'a> {
    /// The boot log.
    pub log: LogView<'a>,
    /// The firmware's event log.
    pub firmware_log: Option<&'a [u8]>,
    /// The policy, as the log has it.
    pub policy: PolicyClaim,
    /// The resource map's digest.
    pub resource_map: Digest,
    /// What the isolation check found.
    pub isolation: Verdict,
}

/// Why there is nothing to report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BootFault {
    /// The boot log is none.
    Log(LogFault),
    /// The boot log lacks something that its grammar asks for.
    Incomplete,
}

/// What came of extending the machine's events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extended {
    /// They are extended now.
    Now,
    /// They were already: the attester was started anew.
    Before,
    /// The PCR holds something else, and stays as it is.
    Otherwise,
}

impl<'a> Boot<'a> {
    /// Reads the boot log: `events` byte strings.
    ///
    /// # Errors
    /// Any [`BootFault`].
    pub fn parse(
        events: u16,
        items: &'a [u8],
        firmware_log: Option<&'a [u8]>,
    ) -> Result<Self, BootFault> {
        let log = LogView::parse(events, items).map_err(BootFault::Log)?;
        let (mut policy, mut resource_map, mut isolation) = (None, None, None);
        for logged in log.events() {
            match logged.record.event {
                Event::Policy { sha256, version, switches } => {
                    policy = Some(PolicyClaim { version, sha256, switches });
                }
                Event::ResourceMap(sha256) => resource_map = Some(sha256),
                Event::Isolation(verdict) => isolation = Some(verdict),
                _ => {}
            }
        }
        let missing = BootFault::Incomplete;
        Ok(Self {
            log,
            firmware_log,
            policy: policy.ok_or(missing)?,
            resource_map: resource_map.ok_or(missing)?,
            isolation: isolation.ok_or(missing)?,
        })
    }

    /// Extends what the machine made of the image into its PCR, once in a boot.
    ///
    /// # Errors
    /// Any [`TpmError`].
    pub fn extend<T: Transport>(&self, tpm: &mut Tpm<T>) -> Result<Extended, TpmError<T::Error>> {
        let [_, expected] = self.log.replay();
        let bank = tpm.pcr_read(Selection::of(&[MACHINE_PCR]))?;
        match bank.get(MACHINE_PCR) {
            Some(value) if *value == expected.0 => return Ok(Extended::Before),
            Some([0, rest @ ..]) if rest.iter().all(|byte| *byte == 0) => {}
            _ => return Ok(Extended::Otherwise),
        }
        for logged in self.log.events() {
            if logged.record.event.pcr() == MACHINE_PCR {
                tpm.pcr_extend(MACHINE_PCR, &logged.extended.0)?;
            }
        }
        Ok(Extended::Now)
    }
}
