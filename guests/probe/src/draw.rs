//! `draw`: what the trusted GUI's drawing costs, in ticks of the time stamp counter for each pixel. It is
//! the GUI's own code, with memory for the screen and for the framebuffers of worlds.
//!
//! Each row is `probe: NAME PIXELS TICKS`, as those of `bench`. An emulator counts a string instruction as one,
//! however much it copies.

use core::cell::Cell;
use core::slice;

use cloister_bare::instructions::now;
use cloister_bare::{StartInformation, idle, say};
use cloister_policy_format::{Classification, Key, KeyChord, KeyboardLayout, Pattern};
use cloister_screen::canvas::Canvas;
use cloister_screen::color::{WHITE, rgb};
use cloister_screen::desk::{Desk, Pointing, Settings};
use cloister_screen::focus::COMMAND;
use cloister_screen::geometry::Size;
use cloister_screen::input::{mouse::Protocol, scancode::ScancodeSet};
use cloister_screen::label::Label;
use cloister_screen::scanout::{PixelFormat, Scanout};
use cloister_screen::trusted::{Report, State, WorldReport};
use cloister_screen::view::{Pixels, Scratch};

use crate::bench::report;

const SCREEN: Size = Size::new(1280, 800);
const PIXELS: usize = 1280 * 800;
/// Pixels of a world's framebuffer: all that is between the strips.
const WORLD: Size = Size::new(1280, 720);
const WORLD_PIXELS: u32 = 1280 * 720;

/// Scan codes: Control and Alternate with 1, with Tab, with Break.
const SHOW: [u8; 6] = [0x1d, 0x38, 0x02, 0x82, 0xb8, 0x9d];
const TILES: [u8; 6] = [0x1d, 0x38, 0x0f, 0x8f, 0xb8, 0x9d];
const ATTENTION: [u8; 8] = [0x1d, 0x38, 0xe0, 0x46, 0xe0, 0xc6, 0xb8, 0x9d];

/// A world's picture in which any two neighbours differ, and all pixels with each number.
struct Picture<'a> {
    number: &'a Cell<u32>,
    pixels: &'a [u32],
}

impl Pixels for Picture<'_> {
    fn size(&self) -> Size {
        WORLD
    }

    fn row(&self, x: u32, y: u32, into: &mut [u32]) {
        // A picture is a part of one larger memory, so that another number costs no writing.
        let start = y as usize * 1280 + x as usize + self.number.get() as usize;
        match self.pixels.get(start..start + into.len()) {
            Some(row) => into.copy_from_slice(row),
            None => into.fill(0),
        }
    }
}

/// Measures everything, and waits for ever.
pub fn run(information: &StartInformation) -> ! {
    say!("probe: draw");
    match memory(information) {
        Some([canvas, screen, world]) => all(canvas, screen, world),
        None => say!("probe: draw skipped: the world has less than 13 MiB to spare"),
    }
    say!("probe: done");
    idle()
}

/// Memory for a canvas, a screen and a world's picture.
fn memory(information: &StartInformation) -> Option<[&'static mut [u32]; 3]> {
    let start = information.free_memory(3 * 4 * PIXELS as u64)?;
    // SAFETY: the memory map says that it is memory, nothing else is there, it is mapped, and the three
    // do not overlap.
    Some([0, 1, 2].map(|index| unsafe {
        slice::from_raw_parts_mut((start as *mut u32).add(index * PIXELS), PIXELS)
    }))
}

fn all(canvas: &mut [u32], screen: &mut [u32], world: &mut [u32]) {
    (0_u32..)
        .zip(world.iter_mut())
        .for_each(|(index, pixel)| *pixel = index.wrapping_mul(0x1_0203));
    let Some(mut canvas) = Canvas::new(canvas, 1280, 800) else { return };
    let mut screen = Scanout::new(screen, SCREEN, 1280, PixelFormat::BLUE_FIRST);
    let mut scratch = Scratch::new();
    let label = Label::new(
        &Classification {
            name: "",
            long: "SECRET",
            short: "S",
            color: rgb(0xc8_102e),
            text_color: WHITE,
            pattern: Pattern::Stripes,
        },
        [].into_iter(),
    );
    let worlds = ["internet", "office"].map(|name| WorldReport {
        name,
        label: &label,
        state: State::Running,
        cpu: 50,
        memory: 256,
        display: Some(WORLD),
    });
    let shown = Report {
        system: "bench",
        version: 1,
        unsafe_dma: false,
        uptime: 0,
        measurement: [0x5a; 32],
        worlds: &worlds,
        flows: &[],
        records: &[],
    };
    let settings = Settings {
        attention: KeyChord { modifiers: COMMAND, key: Key::Break },
        keyboard: KeyboardLayout::Us,
        large_text: false,
        scancodes: ScancodeSet::One,
        mouse: Protocol::Plain,
        pointing: Pointing::Relative,
    };
    let mut desk = Desk::new(SCREEN, settings, 2);
    let number = Cell::new(0);
    let picture = Picture { number: &number, pixels: world };
    let press = |desk: &mut Desk, keys: &[u8]| {
        keys.iter().for_each(|key| desk.keyboard(*key, &shown, &mut |_| ()));
    };
    let mut frame = |desk: &mut Desk| {
        desk.draw(&mut canvas, &shown, &|_| Some(&picture), &mut scratch, u32::MAX);
        canvas.show(&mut screen, desk.pointer());
    };
    let change = || number.set((number.get() + 1) % 8);

    press(&mut desk, &SHOW);
    frame(&mut desk);
    measure_per_pixel("world-unchanged", WORLD_PIXELS, || frame(&mut desk));
    measure_per_pixel("world-changed", WORLD_PIXELS, || {
        change();
        frame(&mut desk);
    });
    measure_per_pixel("world-redrawn", PIXELS as u32, || {
        change();
        desk.report_changed();
        frame(&mut desk);
    });
    press(&mut desk, &TILES);
    frame(&mut desk);
    measure_per_pixel("tiles-unchanged", 2 * WORLD_PIXELS, || frame(&mut desk));
    measure_per_pixel("tiles-changed", 2 * WORLD_PIXELS, || {
        change();
        frame(&mut desk);
    });
    press(&mut desk, &ATTENTION);
    frame(&mut desk);
    measure_per_pixel("trusted-unchanged", PIXELS as u32, || frame(&mut desk));
    measure_per_pixel("trusted-redrawn", PIXELS as u32, || {
        desk.report_changed();
        frame(&mut desk);
    });
}

/// Prints what one call costs for each of so many pixels.
fn measure_per_pixel(name: &str, pixels: u32, mut draw: impl FnMut()) {
    report(name, pixels, |_| {
        let start = now();
        draw();
        now().wrapping_sub(start)
    });
}
