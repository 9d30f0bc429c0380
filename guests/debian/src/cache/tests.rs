use std::sync::mpsc;
use std::thread;

use super::*;

fn package(name: &str) -> Package {
    Package { name: name.into(), version: "1:2~3+b1".into(), sha256: "0".repeat(64), size: 1 }
}

fn selection(kernel: &str, busybox: &str) -> Selection {
    Selection { kernel: package(kernel), busybox: package(busybox), further: Vec::new() }
}

fn stored(root: &Path, initrd: &[u8]) -> Images {
    let cache = Cache::new(root);
    let lock = cache.lock(&mut |_| {}).unwrap();
    let kernel = root.join("kernel");
    fs::write(&kernel, "kernel").unwrap();
    lock.store("key", &kernel, initrd, "6.1", &selection("linux", "busybox")).unwrap()
}

#[test]
fn stored_images_are_found_again() {
    let root = tempfile::tempdir().unwrap();
    let images = stored(root.path(), b"initrd");
    let Found::Good(found) = Cache::new(root.path()).images("key") else { panic!("not found") };
    assert_eq!(found, images);
    assert_eq!(fs::read(&found.initrd).unwrap(), b"initrd");
    assert!(matches!(Cache::new(root.path()).images("other"), Found::Nothing));
}

#[test]
fn any_change_of_an_entry_is_noticed_and_storing_again_mends_it() {
    for file in [KERNEL, INITRD, DESCRIPTION] {
        for remove in [true, false] {
            let root = tempfile::tempdir().unwrap();
            stored(root.path(), b"initrd");
            let path = root.path().join("debian/key").join(file);
            if remove {
                fs::remove_file(&path).unwrap();
            } else {
                fs::write(&path, "damage").unwrap();
            }
            assert!(matches!(Cache::new(root.path()).images("key"), Found::Damaged), "{file}");
            stored(root.path(), b"initrd");
            assert!(matches!(Cache::new(root.path()).images("key"), Found::Good(_)), "{file}");
        }
    }
}

#[test]
fn only_one_holds_the_lock_and_the_other_says_that_it_waits() {
    let root = tempfile::tempdir().unwrap();
    let cache = Cache::new(root.path());
    let first = cache.lock(&mut |step| panic!("unexpected: {step}")).unwrap();
    let (send, receive) = mpsc::channel();
    thread::scope(|scope| {
        let second = scope.spawn(|| {
            let lock = cache.lock(&mut |step| send.send(step).unwrap());
            lock.map(|_| ()).unwrap();
        });
        assert_eq!(receive.recv().unwrap(), Progress::Waiting);
        assert!(!second.is_finished());
        drop(first);
    });
}

#[test]
fn leftovers_and_other_packages_are_removed() {
    let root = tempfile::tempdir().unwrap();
    let cache = Cache::new(root.path());
    let lock = cache.lock(&mut |_| {}).unwrap();
    fs::create_dir_all(root.path().join("tmp/left/over")).unwrap();
    lock.remove_leftovers().unwrap();
    assert!(!root.path().join("tmp/left").exists());

    let [old, new] = ["old", "new"].map(package);
    let other = Variant::plain();
    let last = LastSelection {
        fingerprint: None,
        request: other.request(),
        selection: selection("of-another", "of-another"),
    };
    lock.remember(&other, &last).unwrap();
    let kept = package("of-another");
    for package in [&old, &new, &kept] {
        fs::write(lock.package_path(package), "").unwrap();
    }
    let desktop = Variant::named("desktop").unwrap();
    lock.keep_packages(&desktop, &selection("new", "new")).unwrap();
    assert!(lock.package_path(&kept).exists());
    assert!(!lock.package_path(&old).exists());
    assert!(lock.package_path(&new).ends_with("packages/new_1_2~3+b1.deb"));
    assert!(lock.package_path(&new).exists());
}

#[test]
fn damaged_selection_is_as_none() {
    let root = tempfile::tempdir().unwrap();
    let cache = Cache::new(root.path());
    let plain = Variant::plain();
    assert!(cache.last_selection(&plain).is_none());
    let lock = cache.lock(&mut |_| {}).unwrap();
    let last = LastSelection {
        fingerprint: Some("f".into()),
        request: plain.request(),
        selection: selection("linux", "busybox"),
    };
    lock.remember(&plain, &last).unwrap();
    assert_eq!(cache.last_selection(&plain).unwrap().selection, last.selection);
    fs::write(root.path().join("selections/plain.json"), "{").unwrap();
    assert!(cache.last_selection(&plain).is_none());
}

#[test]
fn selection_for_another_list_of_packages_is_as_none() {
    let root = tempfile::tempdir().unwrap();
    let cache = Cache::new(root.path());
    let lock = cache.lock(&mut |_| {}).unwrap();
    let plain = Variant::plain();
    let selection = selection("linux", "busybox");
    let last = LastSelection { fingerprint: None, request: "another".into(), selection };
    lock.remember(&plain, &last).unwrap();
    assert!(cache.last_selection(&plain).is_none());
}

#[test]
fn unwritable_cache_is_named() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    let message = Cache::new(&file).lock(&mut |_| {}).err().unwrap().to_string();
    assert!(
        message.starts_with(&format!("cannot create {}/packages: ", file.display())),
        "{message}"
    );
}
