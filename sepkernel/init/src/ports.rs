//! Which ports are open: those that the policy names, and for its GUI the one by which this machine is
//! switched off, which no policy can know.

use cloister_policy_format::PortRange;

use crate::partition::Builder;

/// All of them, in no order.
pub fn granted(builder: &Builder<'_>) -> impl Iterator<Item = PortRange> {
    let first = builder.desk.power_off.port;
    let last = first.saturating_add(1);
    let power_off = builder.gui().filter(|_| first != 0);
    let power_off = power_off.map(|subject| PortRange { subject, first, last });
    builder.policy.port_ranges().iter().chain(power_off)
}
