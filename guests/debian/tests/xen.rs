//! Xen from Debian's package.

use std::fs;

use cloister_guests::{Progress, default_cache, xen};

#[test]
fn xen_is_a_multiboot_kernel_that_is_made_once_and_again_when_it_is_damaged() {
    let shared = xen(&default_cache(), &mut |step| eprintln!("{step}")).unwrap();
    // A cache of its own: others use the shared one meanwhile.
    let cache = tempfile::tempdir().unwrap();
    fs::create_dir(cache.path().join("xen")).unwrap();
    let path = cache.path().join("xen").join(shared.file_name().unwrap());
    fs::copy(shared, &path).unwrap();
    let make = || {
        let mut steps = Vec::new();
        let path = xen(cache.path(), &mut |step| steps.push(step)).unwrap();
        (path, steps)
    };
    let kernel = fs::read(&path).unwrap();
    assert!(kernel.starts_with(b"\x7fELF"));
    assert!(kernel[..8192].windows(4).any(|word| word == 0x1bad_b002_u32.to_le_bytes()));
    assert_eq!(make(), (path.clone(), vec![Progress::Resolving]));

    fs::write(&path, "damage").unwrap();
    assert_eq!(make().0, path);
    assert_eq!(fs::read(&path).unwrap(), kernel);
}
