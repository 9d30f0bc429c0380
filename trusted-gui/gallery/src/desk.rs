//! The appliance of the pictures: worlds, levels, flows and records as in
//! `policy/examples/workstation.toml`, and a machine without hardware that renders them.

use cloister_policy_format::{
    Classification, Color, Compartment, Key, KeyChord, KeyboardLayout, Pattern,
};
use cloister_screen::{
    canvas::Canvas,
    color::{BLACK, WHITE, rgb},
    desk::{Desk, Pointing, Settings},
    focus::{COMMAND, World},
    geometry::Size,
    input::{mouse::Protocol, scancode::ScancodeSet},
    label::Label,
    scanout::{PixelFormat, Scanout},
    trusted::{Direction, Flow, Record, Report, State, WorldReport},
    view::{Pixels, Scratch},
};

use crate::{guest::Still, image::Image};

/// The classifications: name, long, short, ground, text, pattern.
const LEVELS: [(&str, &str, u32, Color, Pattern); 4] = [
    ("UNCLASSIFIED", "U", 0x00_7a33, WHITE, Pattern::Solid),
    ("CONFIDENTIAL", "C", 0x00_33a0, WHITE, Pattern::Dots),
    ("SECRET", "S", 0xc8_102e, WHITE, Pattern::Stripes),
    ("TOP SECRET", "TS", 0xff_8c00, BLACK, Pattern::Crosshatch),
];

/// The label of a level with compartments, as the policy compiler would have it.
#[must_use]
pub fn label(level: usize, compartments: &[(&str, &str)]) -> Label {
    let (long, short, ground, text_color, pattern) = LEVELS[level];
    let class = Classification { name: "", long, short, color: rgb(ground), text_color, pattern };
    let compartments = compartments.iter();
    Label::new(&class, compartments.map(|&(long, short)| Compartment { name: "", long, short }))
}

/// A world of the pictures.
#[derive(Clone, Debug)]
pub struct SampleWorld {
    /// Its name.
    pub name: String,
    /// Its level.
    pub label: Label,
    /// What it does.
    pub state: State,
    /// Its share of time.
    pub cpu: u8,
    /// Its memory in MiB.
    pub memory: u32,
    /// What it shows.
    pub picture: Still,
}

/// What is open between the worlds.
pub const FLOWS: [Flow<'static>; 6] = [
    flow("internet", "desk", "news", Direction::Up),
    flow("mail", "desk", "letters", Direction::Up),
    flow("alpha", "vault", "alpha-reports", Direction::Up),
    flow("bravo", "vault", "bravo-reports", Direction::Up),
    flow("desk", "mail", "weekly-status", Direction::Guarded),
    flow("alpha", "bravo", "planning", Direction::Both),
];

const fn flow(
    from: &'static str,
    to: &'static str,
    kind: &'static str,
    direction: Direction,
) -> Flow<'static> {
    Flow { from, to, kind, direction }
}

/// The latest records.
pub const RECORDS: [Record<'static>; 9] = [
    Record { time: 9, text: "isolation check passed, locked" },
    Record { time: 10, text: "internet started" },
    Record { time: 10, text: "mail started" },
    Record { time: 11, text: "desk started" },
    Record { time: 402, text: "focus: desk" },
    Record { time: 731, text: "bravo touched memory that is not its own: stopped" },
    Record { time: 2210, text: "guard weekly-status passed 2 KiB to mail" },
    Record { time: 11_021, text: "attention key" },
    Record { time: 11_024, text: "focus: trusted screen" },
];

/// What was measured.
const MEASUREMENT: [u8; 32] = [
    0xeb, 0x15, 0x04, 0xa3, 0xa3, 0xae, 0x1e, 0x93, 0x3b, 0xeb, 0xaa, 0x2d, 0x06, 0xf7, 0xaa, 0x97,
    0x79, 0xa8, 0xcc, 0x98, 0x81, 0xff, 0x9d, 0x3e, 0x65, 0xcb, 0xf1, 0xd0, 0xe7, 0xcd, 0x47, 0x95,
];

/// What happens before the picture is taken.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// Width and height of the screen.
    pub size: Size,
    /// Whether text is large.
    pub large: bool,
    /// What the keyboard sends, in set 1.
    pub keys: Vec<u8>,
    /// What the mouse sends.
    pub mouse: Vec<u8>,
    /// Whether flows and records are shown, or there are none.
    pub quiet: bool,
    /// Whether the policy lets devices write all memory.
    pub unsafe_dma: bool,
}

/// Renders what is on the screen after a session.
///
/// # Panics
/// When the size is none that a screen can have.
#[must_use]
pub fn render(session: &Session, worlds: &[SampleWorld]) -> Image {
    let reports: Vec<_> = worlds
        .iter()
        .map(|world| WorldReport {
            name: &world.name,
            label: &world.label,
            state: world.state,
            cpu: world.cpu,
            memory: world.memory,
            display: Some(world.picture.size()),
        })
        .collect();
    let report = Report {
        system: "analyst's desk",
        version: 12,
        unsafe_dma: session.unsafe_dma,
        uptime: 11_045,
        measurement: MEASUREMENT,
        worlds: &reports,
        flows: if session.quiet { &[] } else { &FLOWS },
        records: if session.quiet { &[] } else { &RECORDS },
    };
    let settings = Settings {
        attention: KeyChord { modifiers: COMMAND, key: Key::Break },
        keyboard: KeyboardLayout::Us,
        large_text: session.large,
        scancodes: ScancodeSet::One,
        mouse: Protocol::Plain,
        pointing: Pointing::Relative,
    };
    let mut desk = Desk::new(session.size, settings, worlds.len() as World);
    for byte in &session.keys {
        desk.keyboard(*byte, &report, &mut |_| ());
    }
    for byte in &session.mouse {
        desk.mouse(*byte, &report, &mut |_| ());
    }
    let (width, height) = (session.size.width as u32, session.size.height as u32);
    let mut memory = vec![0; (width * height) as usize];
    let mut canvas = Canvas::new(&mut memory, width, height).expect("the size is possible");
    let source =
        |world: World| worlds.get(usize::from(world)).map(|world| &world.picture as &dyn Pixels);
    desk.draw(&mut canvas, &report, &source, &mut Box::new(Scratch::new()), u32::MAX);
    let mut image = Image::new(width, height);
    let stride = width as usize;
    let mut screen = Scanout::new(&mut image.pixels, session.size, stride, PixelFormat::BLUE_FIRST);
    canvas.show(&mut screen, desk.pointer());
    image
}
