//! What is on the machine's screen.

use std::{collections::BTreeSet, path::PathBuf, thread::sleep, time::Duration};

use cloister::{
    machine::{Machine, qmp::Qmp},
    workspace,
};
use cloister_gallery::image::Image;
use cloister_screen::{canvas::Canvas, color::Color, font::Face};
use serde_json::json;

use crate::running::Running;

/// How often the screen is looked at until it shows what is waited for.
const LOOKS: usize = 600;

/// What is on the screen.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// All pixels, row by row, as `0x00RRGGBB`.
    pub pixels: Vec<u32>,
}

impl Picture {
    /// Takes a picture of the screen: of the graphics adapter's memory.
    ///
    /// QEMU's own `screendump` waits for every processor to leave the piece of code that it is in. In QEMU
    /// 10.0 one may miss that, and then it and the timers wait for each other for ever.
    ///
    /// # Panics
    /// If there is no screen.
    #[must_use]
    pub fn take(machine: &mut Machine) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("memory");
        let qmp = machine.qmp().expect("a control socket");
        let adapter = Adapter::find(qmp);
        let [width, height] = adapter.mode(qmp);
        let all = json!({ "val": adapter.memory, "size": width * height * 4, "filename": path });
        qmp.execute("pmemsave", all).expect("the adapter's memory");
        let bytes = std::fs::read(&path).expect("a picture");
        let pixel = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
        Self { width, height, pixels: bytes.chunks_exact(4).map(pixel).collect() }
    }

    /// Number of different colours.
    #[must_use]
    pub fn colors(&self) -> usize {
        self.pixels.iter().collect::<BTreeSet<_>>().len()
    }

    /// Some rows.
    #[must_use]
    pub fn rows(&self, rows: std::ops::Range<usize>) -> &[u32] {
        &self.pixels[rows.start * self.width..rows.end * self.width]
    }
}

impl Picture {
    /// Where a piece of a picture is, to the pixel: column and row of the first place.
    #[must_use]
    pub fn find(&self, piece: &Image) -> Option<(usize, usize)> {
        self.find_in(0..self.height, piece)
    }

    /// The same within some rows.
    #[must_use]
    pub fn find_in(&self, rows: std::ops::Range<usize>, piece: &Image) -> Option<(usize, usize)> {
        let (width, height) = (piece.width as usize, piece.height as usize);
        let lines: Vec<&[u32]> = piece.pixels.chunks_exact(width).collect();
        // A line with many colours is found soonest not to be there.
        let busiest =
            (0..height).max_by_key(|line| lines[*line].iter().collect::<BTreeSet<_>>().len())?;
        let last = rows.end.min(self.height).checked_sub(height)?;
        (rows.start..=last).find_map(|y| {
            let row = self.rows(y + busiest..y + busiest + 1);
            let mut places = row.windows(width).enumerate();
            places.find_map(|(x, pixels)| {
                let is_line = |line: usize| {
                    let start = (y + line) * self.width + x;
                    self.pixels[start..start + width] == *lines[line]
                };
                (pixels == lines[busiest] && (0..height).all(is_line)).then_some((x, y))
            })
        })
    }
}

/// Where QEMU's standard graphics adapter is (QEMU documentation, "QEMU Standard VGA").
struct Adapter {
    memory: u64,
    registers: u64,
}

impl Adapter {
    fn find(qmp: &mut Qmp) -> Self {
        const CLASS: u64 = 0x300;
        let buses = qmp.execute("query-pci", json!({})).expect("the machine's PCI functions");
        let mut functions = buses
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|bus| bus["devices"].as_array().into_iter().flatten());
        let adapter = functions.find(|function| function["class_info"]["class"] == CLASS);
        let regions = adapter.expect("a graphics adapter")["regions"].as_array();
        let region = |number: u64| {
            let mut regions = regions.into_iter().flatten();
            let region = regions.find(|region| region["bar"] == number).expect("a region");
            region["address"].as_u64().expect("an address")
        };
        Self { memory: region(0), registers: region(2) }
    }

    /// Pixels in a row, and rows: registers 1 and 2 of the Bochs interface.
    fn mode(&self, qmp: &mut Qmp) -> [usize; 2] {
        const WIDTH: u64 = 0x502;
        let printed = qmp.human(&format!("xp /2hx {:#x}", self.registers + WIDTH));
        let printed = printed.expect("the adapter's registers");
        let mut sides = printed.split_whitespace().filter_map(|word| word.strip_prefix("0x"));
        let side = |word: &str| usize::from_str_radix(word, 16).expect("a number");
        [(); 2].map(|()| side(sides.next().expect("a register")))
    }
}

/// A text as the trusted GUI writes it.
///
/// # Panics
/// If it is empty.
#[must_use]
pub fn words(text: &str, face: Face, ink: Color, ground: Color) -> Image {
    let mut image = Image::new(face.width(text) as u32, face.height() as u32);
    let mut canvas = Canvas::new(&mut image.pixels, image.width, image.height).expect("a text");
    let mut surface = canvas.surface();
    surface.fill(surface.bounds(), ground);
    surface.text(0, 0, face, ink, text);
    image
}

/// Looks at the screen until `wanted`; returns the picture then.
///
/// # Panics
/// If it does not come, with a picture of what is there.
pub fn see(running: &mut Running, what: &str, wanted: impl Fn(&Picture) -> bool) -> Picture {
    for _ in 0..LOOKS {
        let picture = Picture::take(running.machine());
        if wanted(&picture) {
            return picture;
        }
        sleep(Duration::from_millis(100));
    }
    let failed = format!("failed-{}", what.replace(' ', "-"));
    keep(running, &failed);
    let picture = kept(&failed);
    let what = format!("{what} is not on the screen; {} is what is there", picture.display());
    panic!("{}", running.failure(&what));
}

/// Keeps the screen as a picture, for people.
///
/// # Panics
/// If there is no screen.
pub fn keep(running: &mut Running, name: &str) {
    let Picture { width, height, pixels } = Picture::take(running.machine());
    let path = kept(name);
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    let image = Image { width: width as u32, height: height as u32, pixels };
    image.write(&path).expect("a picture");
}

fn kept(name: &str) -> PathBuf {
    workspace::output().join("tests/desk").join(format!("{name}.png"))
}
