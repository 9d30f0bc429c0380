use std::vec::Vec;

use super::*;

fn written(body: impl FnOnce(&mut Aml<'_>)) -> Vec<u8> {
    let mut buffer = [0; 8192];
    let mut aml = Aml::new(&mut buffer);
    body(&mut aml);
    let length = aml.finish().unwrap();
    buffer[..length].to_vec()
}

#[test]
fn integers_take_their_shortest_form() {
    for (value, expected) in [
        (0, &[0][..]),
        (1, &[1]),
        (2, &[0x0a, 2]),
        (0x100, &[0x0b, 0, 1]),
        (0x1_0000, &[0x0c, 0, 0, 1, 0]),
        (1 << 32, &[0x0e, 0, 0, 0, 0, 1, 0, 0, 0]),
    ] {
        assert_eq!(written(|aml| aml.integer(value)), expected);
    }
}

#[test]
fn lengths_count_themselves_in_one_two_or_three_bytes() {
    for (body, expected) in [
        (0, &[1][..]),
        (62, &[63]),
        (63, &[0x41, 0x04]),
        (4093, &[0x4f, 0xff]),
        (4094, &[0x81, 0x00, 0x01]),
    ] {
        let bytes = written(|aml| aml.sized(|aml| (0..body).for_each(|_| aml.raw(&[7]))));
        assert_eq!(bytes[..expected.len()], *expected, "{body}");
        assert_eq!(bytes.len(), body + expected.len());
    }
}

#[test]
fn identifiers_are_packed() {
    assert_eq!(eisa_identifier(b"PNP0A03"), [0x41, 0xd0, 0x0a, 0x03]);
    assert_eq!(eisa_identifier(b"PNP0501"), [0x41, 0xd0, 0x05, 0x01]);
}

#[test]
fn what_does_not_fit_is_told() {
    let mut buffer = [0; 8];
    let mut aml = Aml::new(&mut buffer);
    aml.device(b"COM1", |aml| aml.number(b"_UID", 1));
    assert_eq!(aml.finish(), Err(Overflow));
}

#[test]
fn a_device_with_resources() {
    let bytes = written(|aml| {
        aml.device(b"RTC_", |aml| {
            aml.resources(Resources::new().ports(0x70, 2).interrupt(8));
        });
    });
    #[rustfmt::skip]
    let expected = [
        0x5b, 0x82, 27, b'R', b'T', b'C', b'_',
        0x08, b'_', b'C', b'R', b'S', 0x11, 16, 0x0a, 13,
        0x47, 1, 0x70, 0, 0x70, 0, 1, 2, 0x22, 0, 1, 0x79, 0,
    ];
    assert_eq!(bytes, expected);
}
