//! Failures on purpose, so that tests can see how each is reported. Chosen when the program is
//! built, by the environment variable `CLOISTER_SELF_TEST`; a product has none.

use core::ptr::with_exposed_provenance_mut;

/// Fails in the way that was chosen, if one was.
pub fn run() {
    match option_env!("CLOISTER_SELF_TEST") {
        None => {}
        Some("panic") => panic!("self-test"),
        // SAFETY: not safe at all; the page tables must stop it.
        Some("write-code") => unsafe {
            with_exposed_provenance_mut::<u8>(run as *const () as usize).write_volatile(0);
        },
        Some("stack-overflow") => overflow(0),
        Some(name) => crate::stop!("unknown self-test {name}"),
    }
}

/// Uses the stack up.
#[inline(never)]
fn overflow(depth: u64) {
    let page = core::hint::black_box([depth; 64]);
    if page[0] < u64::MAX {
        overflow(page[0] + 1);
    }
    core::hint::black_box(page);
}
