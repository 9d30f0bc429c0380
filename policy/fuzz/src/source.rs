//! Policies' texts from anybody.

use std::io::{self, Cursor};

use cloister_policy::{
    compile::{CompileError, Options, Outcome, check, compile},
    date::Day,
    files::{FileSource, ReadSeek},
    layout,
    questions::{Reviewed, dot, statements, svg},
    render,
};
use cloister_policy_format::PolicyView;

/// Every file is there: a kernel where the name sounds like one, a program otherwise.
struct AnyFiles;

impl FileSource for AnyFiles {
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadSeek>> {
        let mut bytes = vec![0; 0x300];
        if name.contains("vmlinuz") {
            bytes[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
            bytes[0x202..0x206].copy_from_slice(b"HdrS");
        } else {
            bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
            bytes[18] = 62;
        }
        bytes.extend(name.as_bytes());
        Ok(Box::new(Cursor::new(bytes)))
    }
}

/// How every text is checked: on a fixed day, with every file there.
fn options() -> Options<'static> {
    Options { files: Some(&AnyFiles), today: Day(20_000), ..Options::default() }
}

/// Checking never panics, whatever the text, and its findings can be shown in each form. What has
/// no errors compiles, always to the same bytes, which the appliance reads back; putting the text
/// in order does not change them; and every question has an answer.
///
/// # Panics
/// When that does not hold.
pub fn source(input: &[u8]) {
    let outcome = check("input", input.to_vec(), &options());
    let _ = render::human(&outcome, render::Style::Plain);
    let _ = render::json(&outcome);
    let _ = render::sarif(&outcome);
    for finding in &outcome.diagnostics {
        assert!(finding.span.start <= finding.span.end, "{finding:?}");
    }
    let Some(bytes) = compiled(&outcome) else {
        return;
    };
    PolicyView::decode(&bytes).expect("the appliance reads what the compiler writes");
    let text = str::from_utf8(input).expect("what compiles is text");
    assert_eq!(compiled(&check("again", input.to_vec(), &options())), Some(bytes.clone()));
    let ordered = layout::format(text).expect("what compiles is TOML");
    assert_eq!(layout::format(&ordered).as_ref(), Ok(&ordered), "ordering twice is ordering once");
    assert_eq!(compiled(&check("ordered", ordered.into_bytes(), &options())), Some(bytes));
    let reviewed = Reviewed::read("input", text);
    let _ = (svg(&reviewed), dot(&reviewed), statements(&reviewed.tree));
}

/// The compiled policy, where the text has no errors.
fn compiled(outcome: &Outcome) -> Option<Vec<u8>> {
    if !outcome.is_sound() {
        return None;
    }
    match compile(outcome) {
        Ok(compiled) => Some(compiled.bytes),
        Err(CompileError::WithoutFiles) => None,
        Err(error) => panic!("a policy without errors does not compile: {error}"),
    }
}
