//! The worlds of `tests/policies/desk.toml`, and what the screen has to look like with them.

use cloister_gallery::{
    desk::{SampleWorld, Session, render},
    guest::{self, Still},
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
use cloister_tests::sight::Picture;

/// Each world's framebuffer.
pub const FRAMEBUFFER: Size = Size::new(1280, 720);
/// The colours of the two levels.
pub const GROUNDS: [u32; 2] = [0x00_7a33, 0xc8_102e];

/// The text of the policy.
pub fn policy() -> String {
    include_str!("../../policies/desk.toml").to_owned()
}

/// Scan codes for Control and Alternate with a key, and nothing held afterwards.
const fn command(key: u8) -> [u8; 6] {
    [0x1d, 0x38, key, key | 0x80, 0xb8, 0x9d]
}

/// What shows the world of this number, from 1 on.
pub const fn show(digit: u8) -> [u8; 6] {
    command(digit + 1)
}

/// What shows all worlds side by side.
pub const TILES: [u8; 6] = command(0x0f);

/// The worlds with what they show.
pub fn worlds(pictures: [Still; 2]) -> Vec<SampleWorld> {
    let [internet, office] = pictures;
    let world = |name: &str, long, short, ground, pattern, picture| SampleWorld {
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
        picture,
    };
    let [low, high] = GROUNDS;
    vec![
        world("internet", "UNCLASSIFIED", "U", low, Pattern::Solid, internet),
        world("office", "SECRET", "S", high, Pattern::Stripes, office),
    ]
}

/// The screen of this size after these keys, drawn on the host.
pub fn drawn(size: Size, keys: &[u8]) -> Image {
    let console = || guest::console(FRAMEBUFFER);
    let session = Session { size, keys: keys.to_vec(), ..Session::default() };
    render(&session, &worlds([console(), console()]))
}

/// Whether both strips are those of the expected picture, to the pixel.
pub fn has_strips_of(picture: &Picture, expected: &Image) -> bool {
    let layout = Layout::new(Size::new(expected.width as i32, expected.height as i32), false);
    let width = expected.width as usize;
    let mut strips = [layout.top, layout.bottom].into_iter().map(|strip| {
        let rows = strip.y as usize..strip.bottom() as usize;
        picture.rows(rows.clone()) == &expected.pixels[rows.start * width..rows.end * width]
    });
    (picture.width, picture.height) == (width, expected.height as usize) && strips.all(|same| same)
}
