//! Layouts that keep everybody apart.

use std::collections::BTreeSet;

use cloister_model::isolation::Region;
use proptest::prelude::*;

use crate::layout::{Layout, layouts};

/// What a map or a list of pages says of each single frame.
fn frames(regions: impl Iterator<Item = Region>) -> BTreeSet<Region> {
    let single = |region: Region| {
        (region.frames.first..region.frames.end).map(move |frame| {
            let frames = cloister_model::isolation::FrameRange::of(frame, 1);
            Region { frames, ..region }
        })
    };
    regions.flat_map(single).collect()
}

fn is_merged(map: &[Region]) -> bool {
    let touches = |one: &Region, other: &Region| {
        let end = one.frames.end == other.frames.first;
        end && Region { frames: other.frames, ..*one } == *other
    };
    !map.iter().any(|one| map.iter().any(|other| touches(one, other)))
}

fn passes(layout: &Layout) -> Result<(), TestCaseError> {
    let map = match layout.check() {
        Ok(map) => map,
        Err(violation) => return Err(TestCaseError::fail(format!("{violation}"))),
    };
    prop_assert!(map.is_sorted());
    prop_assert!(is_merged(&map), "{:?}", map);
    let placed = layout.placed.iter().map(|placed| placed.region);
    prop_assert_eq!(frames(map.into_iter()), frames(placed));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 600, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a_good_layout_passes_and_its_map_is_what_was_mapped(layout in layouts()) {
        passes(&layout)?;
    }
}
