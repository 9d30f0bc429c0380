//! What a compiled policy says about screen and markings is what the trusted GUI shows.

use std::{
    fs,
    io::{self, Cursor},
    path::Path,
};

use cloister_gallery::desk::label;
use cloister_policy::{
    compile::{Options, check, compile},
    date::Day,
    files::{FileSource, ReadSeek},
};
use cloister_policy_format::{
    ClassificationIndex, CompartmentSet, Key, KeyboardLayout, Level, PolicyView,
};
use cloister_screen::{
    desk::{Pointing, Settings},
    focus::COMMAND,
    input::{mouse::Protocol, scancode::ScancodeSet},
    label::Label,
};

/// Stands for every file that the example names: what counts here is not in them.
struct AnyFile;

impl FileSource for AnyFile {
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadSeek>> {
        let mut bytes = vec![0; 0x400];
        if name.ends_with("vmlinuz") {
            bytes[0x1fe..0x206].copy_from_slice(b"\x55\xaa\0\0HdrS");
        } else {
            bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
            bytes[18] = 62;
        }
        Ok(Box::new(Cursor::new(bytes)))
    }
}

fn with_example(test: impl FnOnce(&PolicyView<'_>)) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy/examples/workstation.toml");
    let text = fs::read(path).expect("the example is there");
    let today = Day::from_date(2026, 11, 23).expect("a day");
    let options = Options { files: Some(&AnyFile), today, ..Options::default() };
    let outcome = check("workstation.toml", text, &options);
    let compiled = compile(&outcome).expect("the example is sound");
    test(&PolicyView::decode(&compiled.bytes).expect("it decodes"));
}

#[test]
fn worlds_of_the_example_have_the_labels_of_the_pictures() {
    with_example(|view| {
        let expected = [
            ("alpha", label(2, &[("ALPHA", "A")])),
            ("bravo", label(2, &[("BRAVO", "B")])),
            ("desk", label(2, &[])),
            ("internet", label(0, &[])),
            ("mail", label(1, &[])),
            ("vault", label(3, &[("ALPHA", "A"), ("BRAVO", "B")])),
        ];
        assert_eq!(view.worlds().len(), expected.len());
        for (world, (name, label)) in view.worlds().iter().zip(expected) {
            assert_eq!(world.name, name);
            assert_eq!(Label::of_level(view, world.level), Some(label), "{name}");
        }
    });
}

#[test]
fn a_level_that_the_policy_does_not_have_gets_no_label() {
    with_example(|view| {
        let level = |classification, set| {
            Level::new(ClassificationIndex(classification), CompartmentSet(set))
        };
        assert!(Label::of_level(view, level(3, 0b11)).is_some());
        assert_eq!(Label::of_level(view, level(4, 0)), None);
        assert_eq!(Label::of_level(view, level(0, 0b100)), None, "nothing goes unsaid");
    });
}

#[test]
fn the_attention_key_and_layout_are_the_policys() {
    with_example(|view| {
        let display = view.display().expect("the example has a screen");
        let settings =
            Settings::new(&display, ScancodeSet::One, Protocol::Wheel, Pointing::Relative);
        assert_eq!(settings.attention.key, Key::Break);
        assert!(settings.attention.modifiers.contains(COMMAND));
        assert_eq!((settings.keyboard, settings.large_text), (KeyboardLayout::Us, false));
    });
}
