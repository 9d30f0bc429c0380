//! What a machine without apt's lists, or without apt, is given.

use std::fs;
use std::path::Path;
use std::process::Command;

use cloister_guests::{Variant, debian_world, default_cache};

/// Names the cache to the process that a test starts in an environment of its own.
const CACHE: &str = "CLOISTER_TEST_CACHE";

/// Runs the test of this name in a process with another environment, where it ends in [`act`];
/// gives what it printed.
fn in_environment(test: &str, cache: &Path, variable: &str, value: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(CACHE, cache)
        .env(variable, value)
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// Makes the images and prints steps and result, if this is the process of [`in_environment`].
fn act() -> bool {
    let Some(cache) = std::env::var_os(CACHE) else { return false };
    match debian_world(Path::new(&cache), &Variant::plain(), &mut |step| println!("step: {step}")) {
        Ok(images) => println!("images of Linux {}", images.release),
        Err(error) => println!("error: {error}"),
    }
    true
}

#[test]
fn without_lists_of_apt_the_last_images_are_given_or_else_an_error_that_helps() {
    if act() {
        return;
    }
    let test = "without_lists_of_apt_the_last_images_are_given_or_else_an_error_that_helps";
    let images =
        debian_world(&default_cache(), &Variant::plain(), &mut |step| eprintln!("{step}")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let lists = directory.path().join("lists");
    fs::create_dir_all(lists.join("partial")).unwrap();
    let settings = directory.path().join("apt.conf");
    let caches = "Dir::Cache::pkgcache \"\";\nDir::Cache::srcpkgcache \"\";\n";
    let status = directory.path().join("status");
    fs::write(&status, "").unwrap();
    let text = format!(
        "Dir::State::lists \"{}\";\nDir::State::status \"{}\";\n{caches}",
        lists.display(),
        status.display()
    );
    fs::write(&settings, text).unwrap();

    let printed = in_environment(test, &default_cache(), "APT_CONFIG", &settings);
    assert!(
        printed.contains("using the packages of the last build, as apt names none: apt knows no"),
        "{printed}"
    );
    assert!(printed.contains(&format!("images of Linux {}", images.release)), "{printed}");

    let empty = directory.path().join("empty");
    let printed = in_environment(test, &empty, "APT_CONFIG", &settings);
    let error = "error: apt knows no package linux-image-amd64: run `apt-get update` as root";
    assert!(printed.contains(error), "{printed}");
    assert!(!empty.exists());
}

#[test]
fn without_apt_the_last_images_are_given_or_else_an_error_that_helps() {
    if act() {
        return;
    }
    let test = "without_apt_the_last_images_are_given_or_else_an_error_that_helps";
    let images =
        debian_world(&default_cache(), &Variant::plain(), &mut |step| eprintln!("{step}")).unwrap();
    let directory = tempfile::tempdir().unwrap();

    let printed = in_environment(test, &default_cache(), "PATH", directory.path());
    assert!(printed.contains(&format!("images of Linux {}", images.release)), "{printed}");

    let printed = in_environment(test, &directory.path().join("empty"), "PATH", directory.path());
    assert!(printed.contains("error: cannot run apt-cache: "), "{printed}");
    assert!(printed.contains("where package 'apt' has this program"), "{printed}");
}
