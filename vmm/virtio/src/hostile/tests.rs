//! Random guests; `.ci/fuzz` looks for worse ones.

use proptest::prelude::*;

use super::hostile;

#[test]
fn a_guest_that_does_nothing_finds_everything_usable() {
    hostile(&[]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_guest_breaks_a_promise(input in prop::collection::vec(any::<u8>(), 0..3000)) {
        hostile(&input);
    }

    #[test]
    fn no_guest_with_running_devices_breaks_a_promise(
        slots in prop::collection::vec((0_u8..6, any::<u8>()), 6),
        input in prop::collection::vec(any::<u8>(), 0..3000),
    ) {
        let mut script: std::vec::Vec<u8> =
            slots.into_iter().flat_map(|(slot, features)| [0, slot, features]).collect();
        script.extend(input);
        hostile(&script);
    }
}
