//! A world with Xorg and a window manager on a large screen, beside a console: the example `desktop.toml`.

use std::{thread::sleep, time::Duration};

use cloister::{
    machine::{Options, options::ScreenSize},
    milestone::Milestone,
    outcome::Outcome,
    workspace,
};
use cloister_screen::{geometry::Size, layout::Layout};
use cloister_tests::{
    appliance,
    desk::{button, move_mouse, press, type_line},
    running::Running,
    sight::{Picture, keep, see},
};

use super::setting::{GROUNDS, drawn, has_strips_of, show};

const SCREEN: Size = Size::new(1920, 1080);

/// Colours of the session that `guests/debian/variants/desktop` begins with.
const TERMINAL: u32 = 0x10_181f;
const LETTERS: u32 = 0xe6_edf3;
const CLOCK: u32 = 0xe8_eef3;

/// Where a colour is: the first and last column and row of the area of worlds that have it often.
fn place(picture: &Picture, color: u32) -> Option<[usize; 4]> {
    let area = Layout::new(SCREEN, false).area;
    let rows = area.y as usize..area.bottom() as usize;
    let often = |count: usize| count > 60;
    let in_row = |y: usize| picture.rows(y..y + 1).iter().filter(|it| **it == color).count();
    let in_column =
        |x: usize| rows.clone().filter(|y| picture.pixels[y * picture.width + x] == color).count();
    let (mut lines, mut columns) = (
        rows.clone().filter(|y| often(in_row(*y))),
        (0..picture.width).filter(|x| often(in_column(*x))),
    );
    let (top, left) = (lines.next()?, columns.next()?);
    Some([left, top, columns.next_back()?, lines.next_back()?])
}

fn letters(picture: &Picture) -> usize {
    picture.pixels.iter().filter(|pixel| **pixel == LETTERS).count()
}

/// Moves the mouse further than it can tell at once.
fn travel(running: &mut Running, mut right: i32, mut down: i32) {
    while (right, down) != (0, 0) {
        let (x, y) = (right.clamp(-100, 100), down.clamp(-100, 100));
        move_mouse(running.machine(), x, y);
        (right, down) = (right - x, down - y);
    }
}

#[test]
fn xorg_works_in_a_world_with_keyboard_and_mouse() {
    let screen = ScreenSize { width: 1920, height: 1080 };
    let options = Options { tpm: false, screen, ..Options::default() };
    let policy = workspace::root().join("policy/examples/desktop.toml");
    let policy = std::fs::read_to_string(policy).expect("the example");
    let policy = policy.replace("1280x800", "1920x1080").replace("1280x720", "1920x976");
    let media = appliance::media_of("desk-desktop", &policy, options.firmware);
    let mut running = Running::start_with(&options, &media);
    running.reach(Milestone::WorldsUp);
    let (trusted, office) = (drawn(SCREEN, &[]), drawn(SCREEN, &show(2)));
    see(&mut running, "the trusted screen", |picture| has_strips_of(picture, &trusted));
    press(running.machine(), &["ctrl", "alt", "2"]);
    running.line("the desktop", |line| line.ends_with("world: desktop"));

    // Terminal and clock are there, the one at the left and the other at the right.
    let picture = see(&mut running, "the desktop", |picture| {
        let places = (place(picture, TERMINAL), place(picture, CLOCK));
        has_strips_of(picture, &office)
            && letters(picture) > 500
            && matches!(places, (Some([left, ..]), Some([right, ..])) if left < 200 && right > 1500)
    });
    keep(&mut running, "desktop");

    // What is typed is seen in the terminal, and its shell obeys.
    let before = letters(&picture);
    for _ in 0..10 {
        press(running.machine(), &["m"]);
    }
    see(&mut running, "the letters", |picture| letters(picture) >= before + 10 * 5);
    press(running.machine(), &["ctrl", "u"]);
    type_line(running.machine(), "(echo; echo got-$((6*7))) >/dev/ttyS0");
    running.line("answer", |line| line == "component: office: got-42");

    // The window manager lets the mouse take the terminal by its title and put it elsewhere.
    let [left, top, ..] = place(&picture, TERMINAL).expect("a terminal");
    let area = Layout::new(SCREEN, false).area;
    travel(&mut running, -SCREEN.width, -SCREEN.height);
    travel(&mut running, left as i32 + 200, top as i32 - area.y - 12);
    button(running.machine(), true);
    let moved = |picture: &Picture, by: usize| {
        place(picture, TERMINAL).is_some_and(|[x, y, ..]| x > left + by && y > top + by)
    };
    // A hand goes on until the window follows: the window manager takes its time to take hold of it.
    for _ in 0..60 {
        travel(&mut running, 4, 4);
        sleep(Duration::from_millis(100));
        if moved(&Picture::take(running.machine()), 0) {
            break;
        }
    }
    travel(&mut running, 100, 100);
    see(&mut running, "the moved terminal", |picture| moved(picture, 60));
    button(running.machine(), false);
    keep(&mut running, "desktop-moved");

    // Beside the console.
    press(running.machine(), &["ctrl", "alt", "tab"]);
    let is_internet = |picture: &Picture| {
        picture.pixels.iter().filter(|pixel| **pixel == GROUNDS[0]).count() > 1000
    };
    see(&mut running, "the tiles", |picture| {
        has_strips_of(picture, &office) && is_internet(picture)
    });
    keep(&mut running, "desktop-tiled");
    press(running.machine(), &["ctrl", "alt", "pause"]);
    see(&mut running, "the trusted screen", |picture| has_strips_of(picture, &trusted));
    keep(&mut running, "desktop-trusted");
    press(running.machine(), &["o"]);
    press(running.machine(), &["y"]);
    assert_eq!(running.outcome(None), Outcome::Closed);
}
