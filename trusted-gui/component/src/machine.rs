//! What the user may ask of the machine as a whole.

use cloister_policy_format::{PolicyView, SubjectIndex};
use cloister_runtime::abi::PowerOff;
use cloister_runtime::log;

use crate::controller::Controller;
use crate::port;

/// The chipset's reset register, and what sets off a reset of everything.
const RESET: u16 = 0xcf9;
const RESET_ALL: u8 = 0x06;

/// How the machine is started anew and switched off.
pub struct Machine {
    may_reset: bool,
    power_off: Option<PowerOff>,
}

impl Machine {
    /// By the port of the desk page, and the reset register if the policy gives it to the component.
    pub fn new(policy: &PolicyView<'_>, own: SubjectIndex, power_off: PowerOff) -> Self {
        let mut ranges = policy.port_ranges().iter();
        let may_reset =
            ranges.any(|range| range.subject == own && (range.first..=range.last).contains(&RESET));
        Self { may_reset, power_off: Some(power_off).filter(|known| known.port != 0) }
    }

    /// Starts the machine anew.
    pub fn reboot(&self, controller: &Controller) {
        log!("the user starts the machine anew");
        if self.may_reset {
            port::write(RESET, RESET_ALL);
        }
        controller.reset();
    }

    /// Switches the machine off; false if nothing is known by which it could.
    pub fn power_off(&self) -> bool {
        let Some(PowerOff { port, value }) = self.power_off else { return false };
        log!("the user switches the machine off");
        port::write_word(port, value);
        true
    }
}
