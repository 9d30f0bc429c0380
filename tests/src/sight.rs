//! What is on the machine's screen.

use std::{collections::BTreeSet, path::Path, thread::sleep, time::Duration};

use cloister::{machine::Machine, workspace};
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
    /// Takes a picture of the screen.
    ///
    /// # Panics
    /// If there is no screen.
    #[must_use]
    pub fn take(machine: &mut Machine) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("screen.ppm");
        let qmp = machine.qmp().expect("a control socket");
        qmp.execute("screendump", json!({ "filename": path })).expect("a picture");
        Self::read(&path)
    }

    /// Reads a portable pixmap: three lines of head (P6, width and height, 255), then three bytes a pixel.
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).expect("a picture");
        let head = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(2);
        let (head, pixels) = bytes.split_at(head.expect("a portable pixmap").0 + 1);
        let head = String::from_utf8_lossy(head);
        let mut sides = head.split_whitespace().skip(1).map(|side| side.parse().expect("a side"));
        let (width, height) = (sides.next().expect("a width"), sides.next().expect("a height"));
        let pixels =
            pixels.chunks_exact(3).map(|rgb| u32::from_be_bytes([0, rgb[0], rgb[1], rgb[2]]));
        Self { width, height, pixels: pixels.collect() }
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
    panic!("{what} is not on the screen; {} is what is there", kept(&failed).display());
}

/// Keeps the screen as a picture, for people.
///
/// # Panics
/// If there is no screen.
pub fn keep(running: &mut Running, name: &str) {
    let qmp = running.machine().qmp().expect("a control socket");
    qmp.screenshot(&kept(name)).expect("a picture");
}

fn kept(name: &str) -> std::path::PathBuf {
    workspace::output().join("tests/desk").join(format!("{name}.png"))
}
