//! The pictures: every screen at every size.

use cloister_screen::{color::rgb, geometry::Size, trusted::State};

use crate::{
    desk::{SampleWorld, Session, label, render},
    guest::{console, desktop, spoof},
    image::Image,
};

/// A picture to be rendered.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The name of its file, without ending.
    pub name: String,
    session: Session,
    worlds: fn() -> Vec<SampleWorld>,
}

impl Scene {
    /// Renders it.
    #[must_use]
    pub fn render(&self) -> Image {
        render(&self.session, &(self.worlds)())
    }
}

const SIZES: [(i32, i32); 3] = [(800, 600), (1280, 800), (1920, 1080)];

/// Scan codes of set 1.
mod scan {
    pub(super) const TAB: u8 = 0x0f;
    pub(super) const H: u8 = 0x23;
    pub(super) const F: u8 = 0x21;
    pub(super) const A: u8 = 0x1e;
    pub(super) const O: u8 = 0x18;
    pub(super) const X: u8 = 0x2d;
    pub(super) const DOWN: [u8; 2] = [0xe0, 0x50];
    /// The digit keys 1 to 9.
    pub(super) const fn digit(number: u8) -> u8 {
        0x01 + number
    }
}

fn press(keys: &[u8]) -> Vec<u8> {
    keys.iter().flat_map(|key| [*key, *key | 0x80]).collect()
}

/// With control and alternate held.
fn command(key: u8) -> Vec<u8> {
    [&[0x1d, 0x38], press(&[key]).as_slice(), &[0xb8, 0x9d]].concat()
}

fn show(number: u8) -> Vec<u8> {
    command(scan::digit(number))
}

fn tiled(number: u8) -> Vec<u8> {
    [show(number), command(scan::TAB)].concat()
}

/// A movement of the mouse, right and up.
fn moved(right: i16, up: i16) -> Vec<u8> {
    let mut bytes = vec![];
    let (mut right, mut up) = (right, up);
    while (right, up) != (0, 0) {
        let (x, y) = (right.clamp(-200, 200), up.clamp(-200, 200));
        let signs = u8::from(x < 0) << 4 | u8::from(y < 0) << 5;
        bytes.extend([8 | signs, x as u8, y as u8]);
        (right, up) = (right - x, up - y);
    }
    bytes
}

/// All pictures.
#[must_use]
pub fn all() -> Vec<Scene> {
    let mut scenes = vec![];
    for (width, height) in SIZES {
        let size = Size::new(width, height);
        let mut add = |name: &str, worlds, session: Session| {
            let name = format!("{name}-{width}x{height}");
            scenes.push(Scene { name, session: Session { size, ..session }, worlds });
        };
        let keys = |keys: Vec<u8>| Session { keys, ..Session::default() };
        let large = |keys: Vec<u8>| Session { keys, large: true, ..Session::default() };
        add("world-console", six, keys(show(3)));
        add("world-desktop", six, keys(show(4)));
        add("world-large-text", six, large(show(3)));
        add("tiled-two", two, Session { mouse: moved(170, 60), ..keys(tiled(1)) });
        add("tiled-six", six, Session { mouse: moved(-130, -90), ..keys(tiled(3)) });
        add("tiled-sixteen", sixteen, keys(tiled(7)));
        add("tiled-large-text", six, large(tiled(4)));
        add("trusted", six, Session { mouse: moved(-250, -30), ..keys(press(&scan::DOWN)) });
        add("trusted-confirm", six, keys([press(&scan::DOWN), press(&[scan::X])].concat()));
        add("trusted-sixteen", sixteen, Session { quiet: true, ..Session::default() });
        add("trusted-large-text", six, large(vec![]));
        if width == 1280 {
            add("world-compartments", six, keys(show(6)));
            add("world-held", six, keys([show(2), command(scan::H)].concat()));
            add("world-stopped", six, keys(show(5)));
            add("world-spoof", spoofing, keys(show(1)));
            add("trusted-find", six, keys(press(&[scan::F, scan::A])));
            add("trusted-unsafe-dma", six, Session { unsafe_dma: true, ..Session::default() });
            add("trusted-power-off", six, keys(press(&[scan::O, scan::TAB])));
        }
        if width == 800 {
            let unsafe_dma = Session { unsafe_dma: true, ..large(vec![]) };
            add("trusted-large-text-unsafe-dma", six, unsafe_dma);
            add("trusted-large-text-flows", six, large(press(&[scan::TAB])));
            add("trusted-large-text-records", six, large(press(&[scan::TAB; 2])));
            add("trusted-large-text-measurement", six, large(press(&[scan::TAB; 3])));
        }
    }
    let size = Size::new(3840, 2160);
    let session = Session { size, ..Session::default() };
    scenes.push(Scene { name: "trusted-3840x2160".to_owned(), session, worlds: six });
    scenes
}

const ALPHA: (&str, &str) = ("ALPHA", "A");
const BRAVO: (&str, &str) = ("BRAVO", "B");
const SMALL: Size = Size::new(1024, 768);
const WIDE: Size = Size::new(1920, 1080);

fn world(name: &str, level: usize, compartments: &[(&str, &str)]) -> SampleWorld {
    SampleWorld {
        name: name.to_owned(),
        label: label(level, compartments),
        state: State::Running,
        cpu: 7,
        memory: 1024,
        picture: console(SMALL),
    }
}

/// The worlds of the workstation example.
fn six() -> Vec<SampleWorld> {
    let green = desktop(WIDE, rgb(0x3b_5f55));
    let blue = desktop(WIDE, rgb(0x3d_5a80));
    vec![
        SampleWorld { cpu: 63, memory: 2048, picture: green, ..world("internet", 0, &[]) },
        SampleWorld { cpu: 12, ..world("mail", 1, &[]) },
        SampleWorld { cpu: 28, memory: 2048, ..world("desk", 2, &[]) },
        SampleWorld { cpu: 100, picture: blue, ..world("alpha", 2, &[ALPHA]) },
        SampleWorld { cpu: 0, state: State::Failed, ..world("bravo", 2, &[BRAVO]) },
        SampleWorld {
            cpu: 0,
            memory: 2048,
            state: State::Paused,
            ..world("vault", 3, &[ALPHA, BRAVO])
        },
    ]
}

fn two() -> Vec<SampleWorld> {
    let mut worlds = six();
    worlds.truncate(3);
    worlds.remove(1);
    worlds
}

/// As many as are shown at once, some with long names.
fn sixteen() -> Vec<SampleWorld> {
    let names = [
        "internet",
        "supplier-portal-of-the-northern-branch",
        "mail",
        "calendar",
        "desk",
        "archive",
        "alpha",
        "alpha-laboratory-measurements-2026",
        "bravo",
        "maps",
        "accounts",
        "drafts",
        "printing",
        "scans",
        "build",
        "vault",
    ];
    let states = [State::Running, State::Running, State::Running, State::Paused, State::Stopped];
    (0..)
        .zip(names)
        .map(|(index, name)| (index, name, states[index % states.len()]))
        .map(|(index, name, state)| SampleWorld {
            cpu: if state == State::Running { (index * 37 % 101) as u8 } else { 0 },
            state,
            ..world(name, index / 4, &[ALPHA, BRAVO][..(index / 4 + index) % 3])
        })
        .collect()
}

/// A world that pretends to be another.
fn spoofing() -> Vec<SampleWorld> {
    let mut worlds = six();
    let pretended = label(3, &[ALPHA, BRAVO]);
    worlds[0].picture = spoof(Size::new(1280, 720), &pretended);
    worlds
}
