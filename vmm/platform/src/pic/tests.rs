use proptest::prelude::*;

use super::*;

/// As Linux sets the pair up.
fn initialized(automatic_end: bool) -> Pic {
    let mut pic = Pic::new();
    let fourth = if automatic_end { 3 } else { 1 };
    for (port, values) in [(0x20, [0x11, 0x30, 0x04, fourth]), (0xa0, [0x11, 0x38, 0x02, fourth])] {
        pic.write(port, values[0]);
        for value in &values[1..] {
            pic.write(port + 1, *value);
        }
    }
    pic
}

#[test]
fn linux_finds_it_by_its_mask() {
    let mut pic = Pic::new();
    pic.write(0xa1, 0xff);
    pic.write(0x21, 0xfb);
    assert_eq!(pic.read(0x21), 0xfb);
}

#[test]
fn the_lower_input_goes_first_and_holds_the_others_back_until_it_ends() {
    let mut pic = initialized(false);
    pic.line(4, true);
    pic.line(1, true);
    assert_eq!(pic.acknowledge(), 0x31);
    assert!(!pic.pending());
    pic.write(0x20, 0x61);
    assert_eq!(pic.acknowledge(), 0x34);
    pic.write(0x20, 0x20);
    assert!(!pic.pending());
}

#[test]
fn an_edge_counts_once_and_a_level_until_it_falls() {
    let mut pic = initialized(true);
    pic.line(4, true);
    assert_eq!(pic.acknowledge(), 0x34);
    assert!(!pic.pending());
    pic.write(TRIGGER_PORT, 1 << 5);
    pic.line(5, true);
    assert_eq!((pic.acknowledge(), pic.acknowledge()), (0x35, 0x35));
    pic.line(5, false);
    assert!(!pic.pending());
}

#[test]
fn the_timer_and_the_keyboard_cannot_be_made_level_triggered() {
    let mut pic = initialized(false);
    pic.write(TRIGGER_PORT, 0xff);
    pic.write(TRIGGER_PORT + 1, 0xff);
    assert_eq!((pic.read(TRIGGER_PORT), pic.read(TRIGGER_PORT + 1)), (0xf8, 0xde));
}

#[test]
fn the_second_chip_interrupts_through_the_first() {
    let mut pic = initialized(false);
    pic.line(8, true);
    pic.line(9, true);
    assert_eq!(pic.acknowledge(), 0x38);
    assert!(!pic.pending());
    pic.write(0xa0, 0x20);
    // The first chip still serves the cascade.
    assert!(!pic.pending());
    pic.write(0x20, 0x20);
    assert_eq!(pic.acknowledge(), 0x39);
}

#[test]
fn in_the_special_fully_nested_mode_the_second_chip_interrupts_itself() {
    let mut pic = initialized(false);
    for (port, value) in [(0x20, 0x11), (0x21, 0x30), (0x21, 0x04), (0x21, 0x11)] {
        pic.write(port, value);
    }
    pic.line(9, true);
    assert_eq!(pic.acknowledge(), 0x39);
    pic.line(10, true);
    assert!(!pic.pending());
    pic.line(8, true);
    assert_eq!(pic.acknowledge(), 0x38);
}

#[test]
fn a_request_that_has_gone_is_spurious_and_not_in_service() {
    let mut pic = initialized(false);
    pic.write(TRIGGER_PORT, 1 << 5);
    pic.line(5, true);
    pic.line(5, false);
    assert_eq!(pic.acknowledge(), 0x37);
    pic.write(0x20, 0x0b);
    assert_eq!(pic.read(0x20), 0);
}

#[test]
fn a_masked_request_waits() {
    let mut pic = initialized(false);
    pic.write(0x21, 1 << 3);
    pic.line(3, true);
    assert!(!pic.pending());
    pic.write(0x21, 0);
    assert_eq!(pic.acknowledge(), 0x33);
}

#[test]
fn rotation_makes_what_was_served_last_the_lowest() {
    let mut pic = initialized(false);
    pic.line(1, true);
    pic.acknowledge();
    pic.write(0x20, 0xa0);
    pic.line(1, false);
    pic.line(1, true);
    pic.line(6, true);
    assert_eq!(pic.acknowledge(), 0x36);
}

#[test]
fn a_special_mask_lets_lower_inputs_pass() {
    let mut pic = initialized(false);
    pic.line(1, true);
    pic.acknowledge();
    pic.line(6, true);
    assert!(!pic.pending());
    pic.write(0x20, 0x68);
    pic.write(0x21, 1 << 1);
    assert_eq!(pic.acknowledge(), 0x36);
}

#[test]
fn a_poll_acknowledges() {
    let mut pic = initialized(false);
    pic.write(0x20, 0x0c);
    assert_eq!(pic.read(0x20), 0);
    pic.line(5, true);
    pic.write(0x20, 0x0c);
    assert_eq!(pic.read(0x20), 0x85);
    assert!(!pic.pending());
}

proptest! {
    #[test]
    fn whatever_the_guest_writes_a_vector_is_of_a_chip(
        accesses in prop::collection::vec((0u16..6, any::<u8>(), 0u8..4), 0..300),
    ) {
        let ports = [0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1];
        let mut pic = Pic::new();
        for (port, value, what) in accesses {
            let port = ports[usize::from(port)];
            match what {
                0 => { pic.read(port); }
                1 => pic.write(port, value),
                2 => pic.line(value, value & 0x80 != 0),
                _ => {
                    let bases = [pic.first.base(), pic.second.base()];
                    let was_pending = pic.pending();
                    let vector = pic.acknowledge();
                    prop_assert!(bases.contains(&(vector & 0xf8)));
                    prop_assert!(was_pending || vector == bases[0] | SPURIOUS);
                }
            }
        }
    }

    #[test]
    fn with_automatic_end_each_edge_is_one_vector(edges in prop::collection::vec(0u8..16, 0..50)) {
        let mut pic = initialized(true);
        for input in edges.into_iter().filter(|input| *input != CASCADE) {
            pic.line(input, true);
            pic.line(input, false);
            prop_assert!(pic.pending());
            prop_assert_eq!(pic.acknowledge(), 0x30 + input);
            prop_assert!(!pic.pending());
        }
    }
}
