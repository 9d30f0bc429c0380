//! Two Linux worlds side by side: each has its screen, keyboard and mouse, and one that pretends to be the
//! trusted part, redraws without end and is flooded with input deceives nobody and delays nothing.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use cloister::{machine::Options, milestone::Milestone, outcome::Outcome, workspace};
use cloister_gallery::{
    desk::{Session, render},
    guest::Still,
    image::Image,
};
use cloister_guests::{Variant, debian_world, default_cache};
use cloister_screen::{geometry::Size, layout::Layout, theme, trusted::State};
use cloister_tests::{
    appliance,
    desk::{click, flood, move_mouse, press, type_line},
    running::Running,
    sight::{Picture, keep, see, words},
};

use super::setting::{self, FRAMEBUFFER, GROUNDS, TILES, drawn, has_strips_of, show, worlds};

const SCREEN: Size = Size::new(1280, 800);

/// Paints the false screen over and over.
const SPOOF: &str = "#!/bin/sh\nwhile :; do cat /false-screen >/dev/fb0; done\n";
/// Says what the input device of this name tells: type, code and value of so many events.
const EVENTS: &str = r#"#!/bin/sh
for device in /sys/class/input/event*; do
    [ "$(cat "$device/device/name")" = "$1" ] || continue
    exec 3<"/dev/input/${device##*/}"
    echo listening
    head -c $(($2 * 24)) <&3 | od -An -v -w24 -tu2 |
        while read -r _ _ _ _ _ _ _ _ kind code value _; do echo "event $kind $code $value"; done
done >/dev/ttyS0
"#;

/// A trusted screen with strips as the trusted part would draw it, on a screen as large as a world's
/// framebuffer: with other worlds, as a world does not know which there are.
fn false_screen() -> Image {
    let session = Session { size: FRAMEBUFFER, ..Session::default() };
    let still = || Still::of(Image::new(1280, 720));
    let mut pretended = worlds([still(), still()]);
    pretended.reverse();
    render(&session, &pretended)
}

/// Makes a Debian world's initial RAM disk with the programs of this test.
fn initial_ram_disk(to: &Path) {
    let directory = tempfile::tempdir().expect("a directory");
    let at = |name: &str| directory.path().join(name);
    fs::create_dir_all(at("files/bin")).expect("a directory");
    fs::write(at("variant.toml"), "").expect("a description");
    let pixels = false_screen().pixels.into_iter().flat_map(u32::to_le_bytes);
    fs::write(at("files/false-screen"), pixels.collect::<Vec<_>>()).expect("a picture");
    for (name, script) in [("files/bin/spoof", SPOOF), ("files/bin/events", EVENTS)] {
        fs::write(at(name), script).expect("a script");
        fs::set_permissions(at(name), fs::Permissions::from_mode(0o755)).expect("a program");
    }
    let variant = Variant::in_directory(directory.path(), "tests-desk").expect("a variant");
    let images = debian_world(&default_cache(), &variant, &mut |step| eprintln!("{step}"));
    fs::copy(images.expect("a world").initrd, to).expect("an initial RAM disk");
}

fn started() -> Running {
    let directory = workspace::output().join("tests/desk-worlds");
    fs::create_dir_all(&directory).expect("a directory");
    initial_ram_disk(&directory.join("desk.img"));
    let policy = setting::policy().replace("debian/initrd.img", "desk.img");
    let options = Options { tpm: false, memory: 1024, ..Options::default() };
    let media = appliance::media_of("desk-worlds", &policy, options.firmware);
    let mut running = Running::start_with(&options, &media);
    running.reach(Milestone::WorldsUp);
    running
}

/// The rows that worlds have.
fn area(picture: &Picture) -> &[u32] {
    let area = Layout::new(SCREEN, false).area;
    picture.rows(area.y as usize..area.bottom() as usize)
}

fn count(picture: &Picture, color: u32) -> usize {
    area(picture).iter().filter(|pixel| **pixel == color).count()
}

/// Whether the screen is the expected one wherever both expected ones agree, and how much that is.
fn agrees(picture: &Picture, expected: [&Image; 2]) -> bool {
    let [one, other] = expected.map(|image| image.pixels.iter());
    let known = one.zip(other).zip(&picture.pixels).filter(|((one, other), _)| one == other);
    picture.pixels.len() == expected[0].pixels.len()
        && known.into_iter().all(|((one, _), it)| one == it)
}

#[test]
fn worlds_have_screen_and_input_and_none_can_deceive_the_user() {
    let mut running = started();
    let (trusted, internet, office) =
        (drawn(SCREEN, &[]), drawn(SCREEN, &show(1)), drawn(SCREEN, &show(2)));

    // The trusted screen comes first, and belongs to nobody.
    see(&mut running, "the trusted screen", |picture| has_strips_of(picture, &trusted));
    keep(&mut running, "trusted");

    consoles_show_and_hear(&mut running, [&internet, &office]);
    virtio_devices_tell(&mut running, &internet);
    false_screen_stays_inside(&mut running, &office);
    attention_is_obeyed_under_flood(&mut running, &trusted, &office);
    click_moves_the_focus(&mut running, [&internet, &office]);

    // The user switches the machine off: attention, O, and yes to the question.
    press(running.machine(), &["ctrl", "alt", "pause"]);
    see(&mut running, "the trusted screen", |picture| has_strips_of(picture, &trusted));
    press(running.machine(), &["o"]);
    press(running.machine(), &["y"]);
    assert_eq!(running.outcome(None), Outcome::Closed);
}

/// Each world in full, with its strips and its console; what is typed is for it alone.
fn consoles_show_and_hear(running: &mut Running, expected: [&Image; 2]) {
    for ((digit, name), expected) in [("1", "internet"), ("2", "office")].into_iter().zip(expected)
    {
        press(running.machine(), &["ctrl", "alt", digit]);
        see(running, name, |picture| {
            has_strips_of(picture, expected) && count(picture, 0) < area(picture).len()
        });
        type_line(running.machine(), "(echo; echo got-$((6*7))) >/dev/ttyS0");
        let line = running.line("answer", |line| line.contains("got-42"));
        assert_eq!(line, format!("component: {name}: got-42"));
        keep(running, name);
    }
}

/// Linux's driver of virtio gets keys and movements as they were made.
fn virtio_devices_tell(running: &mut Running, internet: &Image) {
    press(running.machine(), &["ctrl", "alt", "1"]);
    see(running, "internet", |picture| has_strips_of(picture, internet));
    let listen = |running: &mut Running, device: &str, events: u8| {
        type_line(running.machine(), &format!("events 'Cloister virtual {device}' {events}"));
        running.line("listener", |line| line == "component: internet: listening");
    };
    let expect = |running: &mut Running, event: &str| {
        let expected = format!("component: internet: event {event}");
        running.line(event, |line| line == expected);
    };
    // Each event and the mark of its end (type 0). The first may be the release of Return.
    listen(running, "keyboard", 6);
    press(running.machine(), &["k"]);
    press(running.machine(), &["k"]);
    for event in ["1 37 1", "0 0 0", "1 37 0", "0 0 0"] {
        expect(running, event);
    }
    // The shell is not to take them for a command.
    press(running.machine(), &["ctrl", "u"]);
    // To the right and down, and back, so that the pointer is where it was.
    listen(running, "mouse", 6);
    for (right, down) in [(7, 3), (-7, -3)] {
        move_mouse(running.machine(), right, down);
    }
    for event in ["2 0 7", "2 1 3", "0 0 0", "2 0 65529", "2 1 65533", "0 0 0"] {
        expect(running, event);
    }
}

/// A world paints a trusted screen with strips into its framebuffer. The screen is what it has to be, to
/// the pixel: the picture of a world, in full and as a tile, inside its frame.
fn false_screen_stays_inside(running: &mut Running, office: &Image) {
    press(running.machine(), &["ctrl", "alt", "2"]);
    see(running, "office", |picture| has_strips_of(picture, office));
    type_line(running.machine(), "spoof");
    let expected = |keys: &[u8], other: u32| {
        let mut picture = Image::new(1280, 720);
        picture.pixels.fill(other);
        let session = Session { size: SCREEN, keys: keys.to_vec(), ..Session::default() };
        render(&session, &worlds([Still::of(picture), Still::of(false_screen())]))
    };
    let full = expected(&show(2), 0);
    see(running, "the false screen", |picture| picture.pixels == full.pixels);
    keep(running, "false-screen");

    // What the other world shows is not known here; all else is.
    press(running.machine(), &["ctrl", "alt", "tab"]);
    let keys = [show(2), TILES].concat();
    let tiles = [0, 0xff_ffff].map(|other| expected(&keys, other));
    see(running, "the false screen as a tile", |picture| agrees(picture, [&tiles[0], &tiles[1]]));
    keep(running, "false-screen-tiled");
    press(running.machine(), &["ctrl", "alt", "2"]);
}

/// While the world redraws without end and gets more keys than it can take, running and paused, the
/// attention key leads to the real trusted screen.
fn attention_is_obeyed_under_flood(running: &mut Running, trusted: &Image, office: &Image) {
    let face = Layout::new(SCREEN, false).body.bold();
    let system = words("two worlds", face, theme::TEXT, theme::GROUND);
    let mut paused = worlds([0, 1].map(|_| Still::of(Image::new(1280, 720))));
    paused[1].state = State::Paused;
    let session = Session { size: SCREEN, keys: show(2).to_vec(), ..Session::default() };
    let paused = render(&session, &paused);
    for (strips, what) in [(office, "paused"), (&paused, "resumed")] {
        see(running, "office", |picture| has_strips_of(picture, strips));
        flood(running.machine(), &["a", "b", "c", "d", "e", "shift", "1", "2"], 20);
        press(running.machine(), &["ctrl", "alt", "pause"]);
        let name = format!("the trusted screen before {what}");
        see(running, &name, |picture| {
            has_strips_of(picture, trusted) && picture.find(&system).is_some()
        });
        press(running.machine(), &["p"]);
        let record = format!("{what} office");
        running.line(what, |line| line.starts_with("audit: ") && line.contains(&record));
        press(running.machine(), &["ctrl", "alt", "2"]);
    }
}

/// All worlds side by side, each under its label; a click moves the focus.
fn click_moves_the_focus(running: &mut Running, [internet, office]: [&Image; 2]) {
    press(running.machine(), &["ctrl", "alt", "tab"]);
    let labels = |picture: &Picture| GROUNDS.iter().all(|color| count(picture, *color) > 1000);
    see(running, "the tiles", |picture| has_strips_of(picture, office) && labels(picture));
    for _ in 0..4 {
        move_mouse(running.machine(), -80, 0);
    }
    click(running.machine());
    see(running, "the focus", |picture| has_strips_of(picture, internet) && labels(picture));
    keep(running, "tiled");
}
