//! Layouts that keep everybody apart.

use std::collections::BTreeSet;

use cloister_model::isolation::{FrameRange, Region};
use cloister_model::subject::SubjectId;
use proptest::prelude::*;

use crate::layout::{Layout, Placed, Purpose, READ, layouts};
use crate::tables::{NO_EXECUTE, USER, WRITABLE};

/// What a map or a list of pages says of each single frame.
fn frames(regions: impl Iterator<Item = Region>) -> BTreeSet<Region> {
    let single = |region: Region| {
        (region.frames.first..region.frames.end).map(move |frame| {
            let frames = FrameRange::of(frame, 1);
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
        cases: 300, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a_good_layout_passes_and_its_map_is_what_was_mapped(layout in layouts()) {
        passes(&layout)?;
    }

    #[test]
    fn what_a_table_above_closes_is_closed(mut layout in layouts()) {
        let readers: Vec<_> = layout.placed.iter().filter(|placed| {
            placed.purpose == Purpose::Reader && placed.region.subject != SubjectId::KERNEL
        }).map(|placed| placed.entry).collect();
        for entry in readers {
            let parent = layout.tables.parent(entry);
            *layout.tables.entry(parent) &= !WRITABLE;
            *layout.tables.entry(parent) |= NO_EXECUTE;
            *layout.tables.entry(entry) |= WRITABLE;
            *layout.tables.entry(entry) &= !NO_EXECUTE;
        }
        passes(&layout)?;
    }

    #[test]
    fn what_the_root_closes_is_closed(mut layout in layouts()) {
        let data = *layout.placed.iter().find(|placed| placed.purpose == Purpose::Data).unwrap();
        let root = layout.spaces[layout.native(data.region.subject)].root.0;
        let (far, open) = (1 << 27, WRITABLE | USER);
        let frames = FrameRange::of(data.region.frames.first, 1);
        let entry = layout.tables.map(root, far, frames.first, 1, open, open);
        *layout.tables.entry(root + 8) = *layout.tables.entry(root + 8) & !WRITABLE | NO_EXECUTE;
        layout.placed.push(Placed { region: Region { frames, rights: READ, ..data.region }, entry, ..data });
        passes(&layout)?;
    }
}
