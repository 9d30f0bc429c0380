//! The trusted GUI in the whole appliance: two unmodified Debian worlds on one screen. Strips are compared
//! pixel by pixel with those that the same code draws on the host.

use std::{thread::sleep, time::Duration};

use cloister::{machine::Options, milestone::Milestone, outcome::Outcome, workspace};
use cloister_gallery::{
    desk::{SampleWorld, Session, render},
    guest,
    image::Image,
};
use cloister_policy_format::{Classification, Pattern};
use cloister_screen::{
    color::{WHITE, rgb},
    geometry::Size,
    label::Label,
    layout::Layout,
    trusted::State,
};
use cloister_tests::{
    appliance,
    desk::{Picture, click, move_mouse, press, type_line},
    running::Running,
};

const SCREEN: Size = Size::new(1280, 800);
/// How often the screen is looked at until it shows what is waited for.
const LOOKS: usize = 300;

/// Scan codes for Control and Alternate with a digit, and nothing held afterwards.
const fn show(digit: u8) -> [u8; 6] {
    [0x1d, 0x38, digit + 1, digit + 0x81, 0xb8, 0x9d]
}

/// The worlds of `policy/examples/two-worlds.toml`, as far as strips tell of them.
fn worlds() -> Vec<SampleWorld> {
    let world = |name: &str, long, short, ground, pattern| SampleWorld {
        name: name.to_owned(),
        label: Label::new(
            &Classification {
                name: "",
                long,
                short,
                color: rgb(ground),
                text_color: WHITE,
                pattern,
            },
            [].into_iter(),
        ),
        state: State::Running,
        cpu: 0,
        memory: 256,
        picture: guest::console(Size::new(1280, 720)),
    };
    vec![
        world("internet", "UNCLASSIFIED", "U", 0x00_7a33, Pattern::Solid),
        world("office", "SECRET", "S", 0xc8_102e, Pattern::Stripes),
    ]
}

/// The screen after these keys, drawn on the host.
fn drawn(keys: &[u8]) -> Image {
    let session = Session { size: SCREEN, keys: keys.to_vec(), ..Session::default() };
    render(&session, &worlds())
}

/// Whether both strips are those of the expected picture, to the pixel.
fn has_strips_of(picture: &Picture, expected: &Image) -> bool {
    let layout = Layout::new(SCREEN, false);
    let width = SCREEN.width as usize;
    let mut strips = [layout.top, layout.bottom].into_iter().map(|strip| {
        let rows = strip.y as usize..strip.bottom() as usize;
        picture.rows(rows.clone()) == &expected.pixels[rows.start * width..rows.end * width]
    });
    (picture.width, picture.height) == (width, SCREEN.height as usize) && strips.all(|same| same)
}

/// Looks at the screen until `wanted`; returns the picture then.
fn see(running: &mut Running, what: &str, wanted: impl Fn(&Picture) -> bool) -> Picture {
    for _ in 0..LOOKS {
        let picture = Picture::take(running.machine());
        if wanted(&picture) {
            return picture;
        }
        sleep(Duration::from_millis(100));
    }
    let path = workspace::output().join("tests/desk-failed.png");
    let _ = running.machine().qmp().map(|qmp| qmp.screenshot(&path));
    panic!("{what} is not on the screen; {} is what is there", path.display());
}

/// Keeps the screen as a picture, for people.
fn keep(running: &mut Running, name: &str) {
    let path = workspace::output().join("tests/desk").join(format!("{name}.png"));
    let qmp = running.machine().qmp().expect("a control socket");
    qmp.screenshot(&path).expect("a picture");
}

/// The rows that worlds have.
fn area(picture: &Picture) -> &[u32] {
    let area = Layout::new(SCREEN, false).area;
    picture.rows(area.y as usize..area.bottom() as usize)
}

fn count(picture: &Picture, color: u32) -> usize {
    area(picture).iter().filter(|pixel| **pixel == color).count()
}

#[test]
fn one_screen_shows_two_worlds_between_strips_and_keys_go_to_one_of_them() {
    let policy = workspace::root().join("policy/examples/two-worlds.toml");
    let policy = std::fs::read_to_string(policy).expect("the example");
    let options = Options { tpm: false, memory: 1024, ..Options::default() };
    let media = appliance::media_of("desk", &policy, options.firmware);
    let mut running = Running::start_with(&options, &media);
    running.reach(Milestone::WorldsUp);
    let (trusted, internet, office) = (drawn(&[]), drawn(&show(1)), drawn(&show(2)));

    // The trusted screen comes first, and belongs to nobody.
    see(&mut running, "the trusted screen", |picture| has_strips_of(picture, &trusted));
    keep(&mut running, "trusted");

    // Each world in full, with its strips and its console; what is typed is for it alone.
    for (digit, name, expected) in [("1", "internet", &internet), ("2", "office", &office)] {
        press(running.machine(), &["ctrl", "alt", digit]);
        see(&mut running, name, |picture| {
            has_strips_of(picture, expected) && count(picture, 0) < area(picture).len()
        });
        type_line(running.machine(), "(echo; echo got-$((6*7))) >/dev/ttyS0");
        let line = running.line("answer", |line| line.contains("got-42"));
        assert_eq!(line, format!("component: {name}: got-42"));
        keep(&mut running, name);
    }

    // All worlds side by side, each under its label; a click moves the focus.
    press(running.machine(), &["ctrl", "alt", "tab"]);
    let labels = |picture: &Picture| [0x00_7a33, 0xc8_102e].map(|color| count(picture, color));
    see(&mut running, "the tiles", |picture| {
        has_strips_of(picture, &office) && labels(picture).iter().all(|count| *count > 1000)
    });
    keep(&mut running, "tiled");
    for _ in 0..4 {
        move_mouse(running.machine(), -80, 0);
        sleep(Duration::from_millis(50));
    }
    click(running.machine());
    see(&mut running, "the focus", |picture| {
        has_strips_of(picture, &internet) && labels(picture).iter().all(|count| *count > 1000)
    });

    // A world that paints everything, again and again: the strips stay, and the attention key is
    // obeyed. White is what the label's text is drawn in.
    press(running.machine(), &["ctrl", "alt", "2"]);
    see(&mut running, "office", |picture| has_strips_of(picture, &office));
    let flood = "while :; do tr '\\000' '\\377' </dev/zero >/dev/fb0; done 2>/dev/null &";
    type_line(running.machine(), flood);
    let white = |picture: &Picture| count(picture, 0xff_ffff) > 1280 * 600;
    see(&mut running, "the flood", |picture| white(picture) && has_strips_of(picture, &office));
    press(running.machine(), &["ctrl", "alt", "pause"]);
    see(&mut running, "the trusted screen", |picture| {
        has_strips_of(picture, &trusted) && !white(picture)
    });

    // There the user pauses that world. Its processor time is used no more.
    press(running.machine(), &["p"]);
    running.line("pause", |line| line.starts_with("audit: ") && line.contains("paused"));
    sleep(Duration::from_secs(3));
    keep(&mut running, "paused");

    // And switches the machine off: O, and yes to the question.
    press(running.machine(), &["o"]);
    press(running.machine(), &["y"]);
    assert_eq!(running.outcome(None), Outcome::Closed);
}
