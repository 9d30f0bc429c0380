//! What the tests' machines have in common: what a world is called, and where q35's power management is.

use cloister_guest::acpi::{Identity, Link, LinkKind, Power};

/// A world's identity.
pub const IDENTITY: Identity<'_> = Identity {
    name: b"alpha",
    level: b"SECRET//CRYPTO",
    links: &[Link {
        name: b"corridor",
        kind: LinkKind::Network,
        mac: [2, 0, 0, 0, 0, 1],
        sends: true,
        receives: true,
        slot: Some(3),
    }],
};

/// Power management, which is switched off by this type of sleep.
pub const fn power(sleep_type_off: u8) -> Power {
    Power {
        event_port: 0x600,
        control_port: 0x604,
        timer_port: 0x608,
        reset_port: 0xcf9,
        reset_value: 6,
        sleep_type_off,
        interrupt: 9,
    }
}
