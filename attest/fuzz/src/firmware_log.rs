//! Firmware event logs from anybody.

use cloister_tpm::{PcrBank, event_log::EventLog};

/// Reading never panics and never reads on for ever; a log that is accepted can be read to its end,
/// and replays to the extensions of its events, one by one.
///
/// # Panics
/// When that does not hold.
pub fn firmware_log(input: &[u8]) {
    let Ok(log) = EventLog::parse(input) else {
        return;
    };
    let mut bank = PcrBank::after_reset();
    for (number, event) in (1..).zip(log.events()) {
        assert_eq!(event.number, number, "events are counted");
        if let Some(locality) = event.startup_locality() {
            bank.set_startup_locality(locality);
        } else if event.is_extended() {
            bank.extend(event.pcr, &event.digest).expect("a PCR that exists");
        }
    }
    assert_eq!(log.replay(), bank);
    let data: usize = log.events().map(|event| event.data.len() + 44).sum();
    assert!(data <= input.len(), "events do not overlap");
}
