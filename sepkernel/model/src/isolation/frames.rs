//! Ranges of physical frames of 4 KiB.

/// Frames by number, which is the physical address divided by 4096.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FrameRange {
    /// The first frame.
    pub first: u64,
    /// The frame behind the last.
    pub end: u64,
}

impl FrameRange {
    /// The frames from `first` on, `count` of them.
    #[must_use]
    pub const fn of(first: u64, count: u64) -> Self {
        Self { first, end: first.saturating_add(count) }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.end <= self.first
    }

    /// Whether the frame is one of them.
    #[must_use]
    pub const fn has(self, frame: u64) -> bool {
        self.first <= frame && frame < self.end
    }

    /// The frames that are in both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self { first: self.first.max(other.first), end: self.end.min(other.end) }
    }
}

/// Something that lies in frames. Lists of such things are sorted and their ranges disjoint.
pub trait Located {
    /// Where it lies.
    fn frames(&self) -> FrameRange;
}

impl Located for FrameRange {
    fn frames(&self) -> FrameRange {
        *self
    }
}

/// Those things of a list that have a frame in common with the range, ascending.
pub fn overlapping<T: Located>(list: &[T], range: FrameRange) -> impl Iterator<Item = &T> {
    let before = list.partition_point(|thing| thing.frames().end <= range.first);
    list.iter().skip(before).take_while(move |thing| thing.frames().first < range.end)
}

/// The thing of a list that this frame belongs to.
pub fn holding<T: Located>(list: &[T], frame: u64) -> Option<&T> {
    overlapping(list, FrameRange::of(frame, 1)).next()
}

/// Whether a list is sorted, without overlap and without empty ranges.
pub fn is_sorted<T: Located>(list: &[T]) -> bool {
    let disjoint = |pair: &[T]| match pair {
        [one, next] => one.frames().end <= next.frames().first,
        _ => true,
    };
    list.windows(2).all(disjoint) && !list.iter().any(|thing| thing.frames().is_empty())
}

/// The first frame of the range that nothing covers, where `end` tells behind which frame the thing
/// ends that covers a frame.
pub fn first_uncovered(range: FrameRange, end: &dyn Fn(u64) -> Option<u64>) -> Option<u64> {
    let mut frame = range.first;
    while frame < range.end {
        match end(frame) {
            Some(next) if next > frame => frame = next,
            _ => return Some(frame),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: [FrameRange; 3] =
        [FrameRange::of(10, 5), FrameRange::of(15, 5), FrameRange::of(30, 1)];

    #[test]
    fn overlaps_are_found_at_the_edges_too() {
        let count = |first, end| overlapping(&LIST, FrameRange { first, end }).count();
        assert_eq!((count(0, 10), count(0, 11), count(14, 16), count(20, 30)), (0, 1, 2, 0));
        assert_eq!(count(0, 100), 3);
        assert_eq!(holding(&LIST, 19), Some(&LIST[1]));
        assert_eq!(holding(&LIST, 20), None);
    }

    #[test]
    fn a_gap_in_the_cover_is_found() {
        let end = |frame| holding(&LIST, frame).map(|range| range.end);
        assert_eq!(first_uncovered(FrameRange { first: 11, end: 20 }, &end), None);
        assert_eq!(first_uncovered(FrameRange { first: 11, end: 21 }, &end), Some(20));
        assert_eq!(first_uncovered(FrameRange { first: 9, end: 12 }, &end), Some(9));
    }

    #[test]
    fn lists_must_be_sorted_and_disjoint() {
        assert!(is_sorted(&LIST));
        assert!(!is_sorted(&[LIST[1], LIST[0]]));
        assert!(!is_sorted(&[LIST[0], FrameRange::of(14, 1)]));
        assert!(!is_sorted(&[FrameRange::of(3, 0)]));
    }
}
