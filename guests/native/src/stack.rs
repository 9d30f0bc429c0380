//! Uses up a stack.

/// Calls itself until the stack has no room, which the processor must stop.
#[inline(never)]
pub fn overflow(depth: u64) {
    let page = core::hint::black_box([depth; 64]);
    if page[0] < u64::MAX {
        overflow(page[0] + 1);
    }
    core::hint::black_box(page);
}
