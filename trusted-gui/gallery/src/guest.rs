//! What worlds show in the pictures: drawn here, so that the pictures are the same on every machine.

use cloister_screen::{
    canvas::Canvas,
    color::{Color, rgb},
    font::Face,
    geometry::{Rect, Size},
    label::Label,
    layout::Layout,
    strip::{Edge, Strip},
    surface::Surface,
    view::Pixels,
};

use crate::image::Image;

/// A world's framebuffer that stands still.
#[derive(Clone, Debug)]
pub struct Still {
    size: Size,
    pixels: Vec<u32>,
}

impl Still {
    /// A framebuffer with this picture.
    #[must_use]
    pub fn of(picture: Image) -> Self {
        // The sides of a picture of a screen fit.
        let size = Size::new(picture.width as i32, picture.height as i32);
        Self { size, pixels: picture.pixels }
    }
}

impl Pixels for Still {
    fn size(&self) -> Size {
        self.size
    }

    fn row(&self, x: u32, y: u32, into: &mut [u32]) {
        let start = y as usize * self.size.width as usize + x as usize;
        let end = (y as usize + 1) * self.size.width as usize;
        let row = self.pixels.get(start..end).unwrap_or_default();
        for (index, pixel) in into.iter_mut().enumerate() {
            *pixel = row.get(index).copied().unwrap_or_default();
        }
    }
}

fn draw(size: Size, paint: impl FnOnce(&mut Surface<'_>)) -> Still {
    let mut pixels = vec![0; (size.width * size.height) as usize];
    if let Some(mut canvas) = Canvas::new(&mut pixels, size.width as u32, size.height as u32) {
        paint(&mut canvas.surface());
    }
    Still { size, pixels }
}

const CONSOLE: [&str; 18] = [
    "[    0.000000] Linux version 6.12.38 (gcc 14.2.0) #1 SMP PREEMPT_DYNAMIC",
    "[    0.000000] Command line: console=tty0 quiet root=/dev/vda ro",
    "[    0.004211] ACPI: Core revision 20240827",
    "[    0.118230] clocksource: hpet: mask: 0xffffffff max_cycles: 0xffffffff",
    "[    0.401877] pci 0000:00:02.0: [1af4:1042] type 00 class 0x010000",
    "[    0.733105] efifb: probing for efifb",
    "[    0.733940] efifb: framebuffer at 0xc0000000, using 3072k, total 3072k",
    "[    0.741022] Console: switching to colour frame buffer device 128x48",
    "[    1.264413] virtio_blk virtio0: [vda] 2097152 512-byte logical blocks",
    "[    1.902337] input: AT Translated Set 2 keyboard as /class/input/input0",
    "",
    "Debian GNU/Linux 13 desk tty1",
    "",
    "desk login: user",
    "Linux desk 6.12.38 #1 SMP PREEMPT_DYNAMIC x86_64",
    "user@desk:~$ ls reports",
    "april.txt   february.txt   january.txt   march.txt",
    "user@desk:~$ _",
];

/// A text console.
#[must_use]
pub fn console(size: Size) -> Still {
    draw(size, |surface| {
        for (line, y) in CONSOLE.iter().zip((4..).step_by(18)) {
            surface.text(4, y, Face::near(16), rgb(0xc8_c8c8), line);
        }
    })
}

/// A desktop with two windows.
#[must_use]
pub fn desktop(size: Size, ground: Color) -> Still {
    draw(size, |surface| {
        surface.fill(size.rect(), ground);
        let (_, rest) = size.rect().split_top(0);
        let (_, panel) = rest.split_top(rest.height - 28);
        surface.fill(panel, rgb(0x20_2428));
        surface.text(12, panel.y + 5, Face::near(16), rgb(0xe8_e8e8), "Menu   Files   Terminal");
        let unit = size.width / 16;
        window(surface, Rect::new(unit, unit, 8 * unit, 5 * unit), "notes.txt", &NOTES);
        let second = Rect::new(7 * unit, 3 * unit, 8 * unit, 5 * unit);
        window(surface, second, "Terminal", &CONSOLE[11..]);
    })
}

const NOTES: [&str; 6] = [
    "Monday",
    "",
    "- call the supplier about the delivery",
    "- read the two reports on the desk",
    "- answer the letters of last week",
    "- order 12/26 is approved until June",
];

fn window(surface: &mut Surface<'_>, place: Rect, title: &str, lines: &[&str]) {
    let (bar, inside) = place.split_top(26);
    surface.fill(place.inset(-1), rgb(0x10_1010));
    surface.fill(bar, rgb(0x4a_6078));
    surface.fill(inside, rgb(0xfa_fafa));
    surface.text(bar.x + 8, bar.y + 5, Face::near(16).bold(), rgb(0xff_ffff), title);
    let mut inside = surface.clipped(inside);
    for (line, y) in lines.iter().zip((place.y + 36..).step_by(22)) {
        inside.text(place.x + 12, y, Face::near(16), rgb(0x20_2020), line);
    }
}

/// A world that pretends: it paints a label strip of another level, and what looks like the trusted screen.
#[must_use]
pub fn spoof(size: Size, pretended: &Label) -> Still {
    draw(size, |surface| {
        let layout = Layout::new(size, false);
        surface.fill(size.rect(), rgb(0x11_161c));
        let strip = Strip { label: pretended, name: "vault", notes: &["Ctrl+Alt+Break"] };
        surface.strip(layout.top, Edge::Top, layout.strip_face, &strip);
        surface.strip(layout.bottom, Edge::Bottom, layout.strip_face, &strip);
        let middle = layout.area.inset(40);
        surface.fill(middle, rgb(0x1a_212a));
        surface.text_centered(
            middle,
            Face::near(24).bold(),
            rgb(0xff_ffff),
            "Please type your password",
        );
    })
}
