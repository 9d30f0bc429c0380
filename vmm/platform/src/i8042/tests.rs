use std::vec::Vec;

use proptest::prelude::*;

use super::*;

const TSC: u64 = 1_000_000_000;

/// Reads until nothing is there, as Linux's driver polls: 1 for bytes of the mouse.
fn drain(controller: &mut I8042) -> Vec<(u8, u8)> {
    let mut bytes = Vec::new();
    controller.load();
    loop {
        let status = controller.read(COMMAND_PORT);
        if status & status::OUTPUT_FULL == 0 {
            return bytes;
        }
        bytes.push(((status & status::FROM_MOUSE) >> 5, controller.read(DATA_PORT)));
        controller.load();
    }
}

fn command(controller: &mut I8042, command: u8, parameter: Option<u8>) -> Vec<(u8, u8)> {
    controller.write(COMMAND_PORT, command);
    if let Some(parameter) = parameter {
        controller.write(DATA_PORT, parameter);
    }
    drain(controller)
}

fn keyboard(controller: &mut I8042, bytes: &[u8]) -> Vec<u8> {
    bytes.iter().for_each(|byte| controller.write(DATA_PORT, *byte));
    drain(controller).into_iter().filter(|(mouse, _)| *mouse == 0).map(|(_, byte)| byte).collect()
}

fn mouse(controller: &mut I8042, bytes: &[u8]) -> Vec<u8> {
    let mut answers = Vec::new();
    for byte in bytes {
        answers.extend(command(controller, 0xd4, Some(*byte)));
    }
    answers.into_iter().filter(|(mouse, _)| *mouse == 1).map(|(_, byte)| byte).collect()
}

#[test]
fn linux_finds_controller_keyboard_and_mouse() {
    let mut controller = I8042::new(TSC);
    assert_eq!(drain(&mut controller), []);
    assert_eq!(command(&mut controller, 0xaa, None), [(0, 0x55)]);
    // Configuration: reads, is written, reads the same.
    let configuration = command(&mut controller, 0x20, None)[0].1;
    assert_ne!(configuration & configuration::TRANSLATE, 0);
    assert_eq!(command(&mut controller, 0x60, Some(configuration | 0x30)), []);
    assert_eq!(command(&mut controller, 0x20, None), [(0, configuration | 0x30)]);
    // The mouse's port: bytes loop, it is no multiplexer, it can be turned off and on.
    for byte in [0x5a, 0xf0, 0x56, 0xa4] {
        assert_eq!(command(&mut controller, 0xd3, Some(byte)), [(1, byte)]);
    }
    assert_eq!(command(&mut controller, 0xa9, None), [(0, 0)]);
    for (turn, bit) in [(0xa8, 0), (0xa7, configuration::MOUSE_OFF)] {
        command(&mut controller, turn, None);
        assert_eq!(command(&mut controller, 0x20, None)[0].1 & configuration::MOUSE_OFF, bit);
    }
    // A byte that loops interrupts.
    controller.write(COMMAND_PORT, 0x60);
    controller.write(DATA_PORT, 0x43);
    controller.write(COMMAND_PORT, 0xd3);
    controller.write(DATA_PORT, 0xa5);
    controller.load();
    assert!(controller.mouse_irq() && !controller.keyboard_irq());
    assert_eq!(drain(&mut controller), [(1, 0xa5)]);
    assert!(!controller.mouse_irq());
}

#[test]
fn linux_finds_a_translated_keyboard() {
    let mut controller = I8042::new(TSC);
    assert_eq!(keyboard(&mut controller, &[0xff]), [0xfa, 0xaa]);
    assert_eq!(keyboard(&mut controller, &[0xf2]), [0xfa, 0xab, 0x41]);
    assert_eq!(keyboard(&mut controller, &[0xed, 0x05]), [0xfa, 0xfa]);
    assert_eq!(controller.leds(), 5);
    assert_eq!(keyboard(&mut controller, &[0xf3, 0x00]), [0xfa, 0xfa]);
    assert_eq!(keyboard(&mut controller, &[0xf4]), [0xfa]);
    assert_eq!(keyboard(&mut controller, &[0xee, 0x12]), [0xee, 0xfe]);
    command(&mut controller, 0x60, Some(0));
    assert_eq!(keyboard(&mut controller, &[0xf2]), [0xfa, 0xab, 0x83]);
}

#[test]
fn keys_come_in_the_set_that_the_guest_chose() {
    let strokes = |controller: &mut I8042| {
        for (key, pressed) in [
            (Key::Plain(0x1e), true),
            (Key::Plain(0x1e), false),
            (Key::Extended(0x48), true),
            (Key::Extended(0x48), false),
            (Key::Pause, true),
            (Key::Pause, false),
        ] {
            assert!(controller.key(key, pressed, 0));
        }
        drain(controller).into_iter().map(|(_, byte)| byte).collect::<Vec<_>>()
    };
    let set_1 = [0x1e, 0x9e, 0xe0, 0x48, 0xe0, 0xc8, 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5];
    let set_2 = [
        0x1c, 0xf0, 0x1c, 0xe0, 0x75, 0xe0, 0xf0, 0x75, 0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0,
        0x77,
    ];
    let mut controller = I8042::new(TSC);
    assert_eq!(strokes(&mut controller), set_1);
    command(&mut controller, 0x60, Some(0));
    assert_eq!(strokes(&mut controller), set_2);
    assert_eq!(keyboard(&mut controller, &[0xf0, 1]), [0xfa, 0xfa]);
    assert_eq!(strokes(&mut controller), set_1);
    assert_eq!(keyboard(&mut controller, &[0xf0, 0]), [0xfa, 0xfa, 1]);
    assert_eq!(keyboard(&mut controller, &[0xf0, 3]), [0xfa, 0xfe]);
}

#[test]
fn each_byte_is_an_edge_of_its_own() {
    let mut controller = I8042::new(TSC);
    controller.key(Key::Extended(0x48), true, 0);
    controller.load();
    for byte in [0xe0, 0x48] {
        assert!(controller.keyboard_irq());
        assert_eq!(controller.read(DATA_PORT), byte);
        assert!(!controller.keyboard_irq());
        controller.load();
    }
    assert!(!controller.keyboard_irq());
}

#[test]
fn a_key_held_down_repeats_at_its_rate() {
    let mut controller = I8042::new(TSC);
    // 250 ms, then 30 per second.
    keyboard(&mut controller, &[0xf3, 0x00]);
    controller.key(Key::Plain(0x1e), true, 0);
    assert_eq!(drain(&mut controller), [(0, 0x1e)]);
    assert_eq!(controller.next_deadline(), Some(TSC / 4));
    controller.advance(TSC / 4 - 1);
    assert_eq!(drain(&mut controller), []);
    controller.advance(TSC / 4);
    assert_eq!(drain(&mut controller), [(0, 0x1e)]);
    assert_eq!(controller.next_deadline(), Some(TSC / 4 + TSC / 240 * 8));
    controller.advance(100 * TSC);
    assert_eq!(drain(&mut controller), [(0, 0x1e)]);
    controller.key(Key::Plain(0x1e), false, 100 * TSC);
    assert_eq!(controller.next_deadline(), None);
}

#[test]
fn keys_that_find_no_room_are_refused_whole() {
    let mut controller = I8042::new(TSC);
    let taken = (0..100).filter(|_| controller.key(Key::Extended(0x48), true, 0)).count();
    assert_eq!(drain(&mut controller), [(0, 0xe0), (0, 0x48)].repeat(taken));
    assert!(controller.key(Key::Plain(1), true, 0));
}

#[test]
fn linux_finds_an_explorer_mouse() {
    let mut controller = I8042::new(TSC);
    assert_eq!(mouse(&mut controller, &[0xff]), [0xfa, 0xaa, 0x00]);
    assert_eq!(mouse(&mut controller, &[0xf2]), [0xfa, 0x00]);
    mouse(&mut controller, &[0xf3, 200, 0xf3, 100, 0xf3, 80]);
    assert_eq!(mouse(&mut controller, &[0xf2]), [0xfa, 0x03]);
    mouse(&mut controller, &[0xf3, 200, 0xf3, 200, 0xf3, 80]);
    assert_eq!(mouse(&mut controller, &[0xf2]), [0xfa, 0x04]);
    assert_eq!(mouse(&mut controller, &[0xe8, 3, 0xe7, 0xf4, 0xe9])[5..], [0x30, 3, 80]);
    controller.mouse(-1, 2, 1, 0b1_0001);
    assert_eq!(drain(&mut controller), [(1, 0x39), (1, 0xff), (1, 0xfe), (1, 0x2f)]);
}

#[test]
fn the_plain_mouse_has_three_bytes_and_tells_far_movements_in_parts() {
    let mut controller = I8042::new(TSC);
    assert_eq!(mouse(&mut controller, &[0xf4]), [0xfa]);
    controller.mouse(300, 0, 5, 0b10);
    let bytes: Vec<u8> = drain(&mut controller).into_iter().map(|(_, byte)| byte).collect();
    assert_eq!(bytes, [0x0a, 255, 0, 0x0a, 45, 0]);
}

#[test]
fn a_mouse_that_is_not_read_adds_up() {
    let mut controller = I8042::new(TSC);
    mouse(&mut controller, &[0xf4]);
    (0..1000).for_each(|_| controller.mouse(1, -1, 0, 0));
    let bytes = drain(&mut controller);
    let (mut right, mut up) = (0, 0);
    for packet in bytes.chunks(3) {
        assert_eq!(packet[0], (1, 0x08));
        right += i32::from(packet[1].1);
        up += i32::from(packet[2].1);
    }
    assert_eq!((right, up), (1000, 1000));
}

#[test]
fn a_click_that_is_over_before_it_is_read_is_still_told() {
    let mut controller = I8042::new(TSC);
    mouse(&mut controller, &[0xf4]);
    controller.mouse(0, 0, 0, 1);
    controller.mouse(0, 0, 0, 0);
    let bytes: Vec<u8> = drain(&mut controller).into_iter().map(|(_, byte)| byte).collect();
    assert_eq!(bytes, [0x09, 0, 0, 0x08, 0, 0]);
}

#[test]
fn a_disabled_port_keeps_its_bytes() {
    let mut controller = I8042::new(TSC);
    command(&mut controller, 0xad, None);
    controller.key(Key::Plain(1), true, 0);
    assert_eq!(drain(&mut controller), []);
    assert_eq!(command(&mut controller, 0xae, None), [(0, 1)]);
}

#[test]
fn pulses_and_the_output_port_reset() {
    let mut controller = I8042::new(TSC);
    command(&mut controller, 0xff, None);
    assert!(!controller.take_reset());
    command(&mut controller, 0xfe, None);
    assert!(controller.take_reset() && !controller.take_reset());
    command(&mut controller, 0xd1, Some(0xfe));
    assert!(controller.take_reset());
}

proptest! {
    #[test]
    fn any_accesses_and_any_input_are_taken(
        steps in prop::collection::vec((0u8..8, any::<u8>(), any::<i32>(), any::<u64>()), 0..400),
    ) {
        let mut controller = I8042::new(TSC);
        for (what, value, far, now) in steps {
            match what {
                0 => { controller.read(DATA_PORT); }
                1 => { controller.read(COMMAND_PORT); }
                2 => controller.write(DATA_PORT, value),
                3 => controller.write(COMMAND_PORT, value),
                4 => controller.write(DATA_PORT, value | 0xe0),
                5 => { controller.key(Key::Extended(value), far > 0, now); }
                6 => controller.mouse(far, far.wrapping_neg(), far, value),
                _ => controller.advance(now),
            }
            controller.load();
            prop_assert!(!(controller.keyboard_irq() && controller.mouse_irq()));
            let _ = (controller.take_reset(), controller.next_deadline());
        }
        // What waits is bounded.
        mouse(&mut controller, &[0xf5]);
        prop_assert!(drain(&mut controller).len() < 200);
    }
}
