use core::cell::Cell;

use cloister_policy_format::{Classification, Key};
use proptest::prelude::*;

use super::*;
use crate::{
    canvas::Canvas,
    color::{WHITE, rgb},
    focus::COMMAND,
    label::Label,
    pattern::Pattern,
    scanout::{PixelFormat, Scanout},
    trusted::{Report, State, WorldReport},
    view::{Pixels, Scratch},
};

const SETTINGS: Settings = Settings {
    attention: KeyChord { modifiers: COMMAND, key: Key::Break },
    keyboard: KeyboardLayout::Us,
    large_text: false,
    scancodes: ScancodeSet::One,
    mouse: mouse::Protocol::Plain,
    pointing: Pointing::Absolute,
};

/// Control and alternate go down, the key is pressed and released, and they go up.
fn chord(key: &[u8]) -> Vec<u8> {
    let mut up = key.to_vec();
    *up.last_mut().unwrap() |= 0x80;
    [&[0x1d, 0x38], key, &up, &[0xb8, 0x9d]].concat()
}

/// A world that fills its screen with what it likes, and something else each time.
struct Hostile {
    size: Size,
    seed: Cell<u32>,
}

impl Pixels for Hostile {
    fn size(&self) -> Size {
        self.size
    }

    fn row(&self, x: u32, y: u32, into: &mut [u32]) {
        for (pixel, x) in into.iter_mut().zip(x..) {
            self.seed.set(self.seed.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
            *pixel = self.seed.get() ^ x << 16 ^ y;
        }
    }
}

fn labels() -> Vec<Label> {
    let colors = [0x00_7a33, 0x00_33a0, 0xc8_102e, 0xff_8c00];
    let patterns = [Pattern::Solid, Pattern::Dots, Pattern::Stripes, Pattern::Crosshatch];
    let marking = |(color, pattern)| {
        let class = Classification {
            name: "",
            long: "CLASSIFIED",
            short: "C",
            color: rgb(color),
            text_color: WHITE,
            pattern,
        };
        Label::new(&class, [].into_iter())
    };
    colors.into_iter().zip(patterns).map(marking).collect()
}

fn with_report<R>(labels: &[Label], size: Size, test: impl FnOnce(&Report<'_>) -> R) -> R {
    let worlds: Vec<_> = labels
        .iter()
        .map(|label| WorldReport {
            name: "world",
            label,
            state: State::Running,
            cpu: 3,
            memory: 64,
            display: Some(size),
        })
        .collect();
    test(&Report {
        system: "test",
        version: 1,
        unsafe_dma: false,
        uptime: 0,
        measurement: [0; 32],
        worlds: &worlds,
        flows: &[],
        records: &[],
    })
}

/// Types keys and draws; gives what is then on the screen.
fn seen(
    size: Size,
    report: &Report<'_>,
    keys: &[u8],
    world: Option<&dyn Pixels>,
    rounds: usize,
) -> Vec<u32> {
    let mut desk = Desk::new(size, SETTINGS, report.worlds.len() as World);
    let pixels = (size.width * size.height) as usize;
    let (mut memory, mut screen) = (vec![0; pixels], vec![0; pixels]);
    let mut canvas = Canvas::new(&mut memory, size.width as u32, size.height as u32).unwrap();
    let mut scratch = Box::new(Scratch::new());
    for byte in keys {
        desk.keyboard(*byte, report, &mut |_| ());
    }
    for _ in 0..rounds {
        desk.draw(&mut canvas, report, &|_| world, &mut scratch, 40_000);
        let mut scanout =
            Scanout::new(&mut screen, size, size.width as usize, PixelFormat::BLUE_FIRST);
        canvas.show(&mut scanout, None);
    }
    screen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn no_pixel_of_a_world_reaches_a_strip(
        width in 800..3841_i32,
        height in 600..2161_i32,
        world_width in 1..4097_i32,
        world_height in 1..4097_i32,
        tiled in any::<bool>(),
        number in 0..4_u8,
        seed in any::<u32>(),
    ) {
        let labels = labels();
        let (size, world) = (Size::new(width, height), Size::new(world_width, world_height));
        let mut keys = chord(&[0x02 + number]);
        if tiled {
            keys.extend(chord(&[0x0f]));
        }
        with_report(&labels, world, |report| {
            let hostile = Hostile { size: world, seed: Cell::new(seed) };
            let honest = seen(size, report, &keys, None, 1);
            let attacked = seen(size, report, &keys, Some(&hostile), 2);
            let layout = Layout::new(size, false);
            let (start, end) = (layout.area.y * width, layout.area.bottom() * width);
            prop_assert_eq!(&honest[..start as usize], &attacked[..start as usize]);
            prop_assert_eq!(&honest[end as usize..], &attacked[end as usize..]);
            prop_assert_ne!(&honest, &attacked, "the world is shown");
            Ok(())
        })?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_bytes_of_keyboard_and_mouse_keep_the_focus_with_the_user(
        bytes in prop::collection::vec((any::<bool>(), any::<u8>()), 0..600),
        set_two in any::<bool>(),
        protocol in 0..3_usize,
    ) {
        let labels = labels();
        let settings = Settings {
            scancodes: if set_two { ScancodeSet::Two } else { ScancodeSet::One },
            mouse: [mouse::Protocol::Plain, mouse::Protocol::Wheel, mouse::Protocol::FiveButtons][protocol],
            ..SETTINGS
        };
        with_report(&labels, Size::new(640, 480), |report| {
            let mut desk = Desk::new(Size::new(1024, 768), settings, 4);
            for (keyboard, byte) in bytes {
                let before = desk.focus().focused();
                let mut told = vec![];
                if keyboard {
                    desk.keyboard(byte, report, &mut |output| told.push(output));
                } else {
                    desk.mouse(byte, report, &mut |output| told.push(output));
                }
                let moved = told.iter().any(|output| matches!(output, Output::Focused(_)));
                prop_assert_eq!(moved, before != desk.focus().focused());
                // What the old world is told comes before the focus moves.
                let mut focused = before;
                for output in told {
                    match output {
                        Output::Input { world, .. } => prop_assert_eq!(Some(world), focused),
                        Output::Focused(world) => focused = world,
                        _ => {}
                    }
                }
                prop_assert_eq!(focused, desk.focus().focused());
                prop_assert!(desk.layout().area.contains(desk.pointer));
            }
            Ok(())
        })?;
    }
}

#[test]
fn the_attention_key_shows_the_trusted_screen_with_the_next_picture() {
    let labels = labels();
    let (size, world) = (Size::new(800, 600), Size::new(640, 480));
    with_report(&labels, world, |report| {
        let hostile = Hostile { size: world, seed: Cell::new(1) };
        let trusted = seen(size, report, &[], None, 1);
        let keys = [chord(&[0x02]), chord(&[0xe0, 0x46])].concat();
        assert_eq!(seen(size, report, &keys, Some(&hostile), 1), trusted);
    });
}

#[test]
fn a_world_that_does_not_change_costs_no_writes_and_a_small_change_few() {
    struct Still(Cell<u32>);
    impl Pixels for Still {
        fn size(&self) -> Size {
            Size::new(640, 480)
        }
        fn row(&self, _: u32, y: u32, into: &mut [u32]) {
            into.fill(0x33_4455);
            if y == 100 {
                into[320] = self.0.get();
            }
        }
    }
    let labels = labels();
    let size = Size::new(800, 600);
    with_report(&labels, Size::new(640, 480), |report| {
        let mut memory = vec![0; 800 * 600];
        let mut canvas = Canvas::new(&mut memory, 800, 600).unwrap();
        let mut scratch = Box::new(Scratch::new());
        let mut desk = Desk::new(size, SETTINGS, 4);
        for byte in chord(&[0x02]) {
            desk.keyboard(byte, report, &mut |_| ());
        }
        let world = Still(Cell::new(0));
        let mut written = |desk: &mut Desk, canvas: &mut Canvas<'_>| {
            desk.draw(canvas, report, &|_| Some(&world), &mut scratch, u32::MAX);
            // What is not written keeps this mark.
            let mut screen = vec![0xdead_beef; 800 * 600];
            canvas.show(&mut Scanout::new(&mut screen, size, 800, PixelFormat::BLUE_FIRST), None);
            let count = screen.iter().filter(|pixel| **pixel != 0xdead_beef).count();
            world.0.set(world.0.get() + 1);
            count
        };
        assert_eq!(written(&mut desk, &mut canvas), 800 * 600);
        assert!(written(&mut desk, &mut canvas) <= 2 * 64 * 16, "two patches");
        world.0.set(world.0.get() - 1);
        let count = written(&mut desk, &mut canvas);
        assert!(count <= 2 * 64 * 16, "{count}");
    });
}

#[test]
fn a_small_budget_shows_all_in_the_end() {
    let labels = labels();
    let (size, world) = (Size::new(800, 600), Size::new(999, 777));
    struct Plain(Cell<u32>);
    impl Pixels for Plain {
        fn size(&self) -> Size {
            Size::new(999, 777)
        }
        fn row(&self, _: u32, _: u32, into: &mut [u32]) {
            into.fill(self.0.get());
        }
    }
    with_report(&labels, world, |report| {
        for keys in [chord(&[0x02]), [chord(&[0x02]), chord(&[0x0f])].concat()] {
            let mut memory = vec![0; 800 * 600];
            let mut canvas = Canvas::new(&mut memory, 800, 600).unwrap();
            let mut scratch = Box::new(Scratch::new());
            let mut desk = Desk::new(size, SETTINGS, 4);
            keys.iter().for_each(|byte| desk.keyboard(*byte, report, &mut |_| ()));
            let world = Plain(Cell::new(0x11_1111));
            desk.draw(&mut canvas, report, &|_| Some(&world), &mut scratch, 50_000);
            world.0.set(0xee_eeee);
            for _ in 0..100 {
                desk.draw(&mut canvas, report, &|_| Some(&world), &mut scratch, 50_000);
            }
            let layout = *desk.layout();
            let mut area = canvas.split(&layout).area;
            let mut old = 0;
            for y in layout.area.y..layout.area.bottom() {
                let row = area.row(0, y, 800);
                old += row.iter().filter(|pixel| [0x11_1111, 0x0a_0a0a].contains(*pixel)).count();
            }
            assert_eq!(old, 0);
        }
    });
}

#[test]
fn a_click_on_another_tile_focuses_it_and_is_not_told() {
    let labels = labels();
    with_report(&labels, Size::new(640, 480), |report| {
        let mut desk = Desk::new(Size::new(800, 600), SETTINGS, 4);
        for byte in [chord(&[0x02]), chord(&[0x0f])].concat() {
            desk.keyboard(byte, report, &mut |_| ());
        }
        desk.pointer = Point::new(700, 450);
        let mut told = vec![];
        for byte in [0x09, 0, 0, 0x08, 0, 0] {
            desk.mouse(byte, report, &mut |output| told.push(output));
        }
        assert_eq!(told, [Output::Focused(Some(3))]);
        told.clear();
        for byte in [0x09, 1, 0, 0x08, 0, 0] {
            desk.mouse(byte, report, &mut |output| told.push(output));
        }
        assert_eq!(told.len(), 3, "position, press, release: {told:?}");
        assert!(told.iter().all(|output| matches!(output, Output::Input { world: 3, .. })));
    });
}

#[test]
fn no_text_is_cut_on_any_screen() {
    let labels = labels();
    let trusted: [&[u8]; 6] = [
        &[],
        &[0x0f],
        &[0x0f, 0x8f, 0x0f],
        &[0x0f, 0x8f, 0x0f, 0x8f, 0x0f],
        &[0x2d],
        &[0x21, 0x11],
    ];
    let worlds = [chord(&[0x02]), [chord(&[0x02]), chord(&[0x0f])].concat()];
    let held = [chord(&[0x03]), chord(&[0x23])].concat();
    let sessions: Vec<Vec<u8>> =
        trusted.iter().map(|keys| keys.to_vec()).chain(worlds).chain([held]).collect();
    let sizes = [
        (800, 600),
        (1024, 768),
        (1280, 800),
        (1366, 768),
        (1920, 1080),
        (3840, 2160),
        (800, 1200),
    ];
    with_report(&labels, Size::new(640, 480), |report| {
        for (width, height) in sizes {
            for large_text in [false, true] {
                for keys in &sessions {
                    let size = Size::new(width, height);
                    let mut desk = Desk::new(size, Settings { large_text, ..SETTINGS }, 4);
                    let mut memory = vec![0; (width * height) as usize];
                    let mut canvas = Canvas::new(&mut memory, width as u32, height as u32).unwrap();
                    keys.iter().for_each(|byte| desk.keyboard(*byte, report, &mut |_| ()));
                    crate::font::cut::take();
                    let mut scratch = Box::new(Scratch::new());
                    desk.draw(&mut canvas, report, &|_| None, &mut scratch, u32::MAX);
                    let cut = crate::font::cut::take();
                    assert_eq!(cut, 0, "{width}x{height} {large_text} {keys:x?}");
                }
            }
        }
    });
}

#[test]
fn a_screen_of_any_size_can_be_drawn() {
    let labels = labels();
    let scenes = [vec![], chord(&[0x02]), [chord(&[0x02]), chord(&[0x0f])].concat(), vec![0x2d]];
    with_report(&labels, Size::new(640, 480), |report| {
        for (width, height) in [(1, 1), (30, 20), (90, 300), (320, 200), (4096, 16), (20, 4096)] {
            let hostile = Hostile { size: Size::new(640, 480), seed: Cell::new(3) };
            for (keys, large_text) in scenes.iter().flat_map(|keys| [(keys, false), (keys, true)]) {
                let settings = Settings { large_text, ..SETTINGS };
                let mut desk = Desk::new(Size::new(width, height), settings, 4);
                let mut memory = vec![0; (width * height) as usize];
                let mut canvas = Canvas::new(&mut memory, width as u32, height as u32).unwrap();
                keys.iter().for_each(|byte| desk.keyboard(*byte, report, &mut |_| ()));
                let mouse = [0x09, 40, 40, 0x08, 200, 200];
                mouse.iter().for_each(|byte| desk.mouse(*byte, report, &mut |_| ()));
                let mut scratch = Box::new(Scratch::new());
                desk.draw(&mut canvas, report, &|_| Some(&hostile), &mut scratch, u32::MAX);
                let mut screen = vec![0; (width * height) as usize];
                let size = Size::new(width, height);
                let mut scanout =
                    Scanout::new(&mut screen, size, width as usize, PixelFormat::RED_FIRST);
                canvas.show(&mut scanout, desk.pointer());
            }
        }
    });
}

#[test]
fn what_is_said_about_a_world_follows_its_state_without_a_key() {
    let labels = labels();
    let size = Size::new(640, 480);
    with_report(&labels, size, |report| {
        let world = Hostile { size, seed: Cell::new(9) };
        let mut memory = vec![0; 800 * 600];
        let mut canvas = Canvas::new(&mut memory, 800, 600).unwrap();
        let mut scratch = Box::new(Scratch::new());
        let mut desk = Desk::new(Size::new(800, 600), SETTINGS, 4);
        chord(&[0x02]).iter().for_each(|byte| desk.keyboard(*byte, report, &mut |_| ()));
        let mut strips = vec![];
        for state in [State::Running, State::Paused, State::Stopped, State::Failed] {
            let worlds: Vec<_> =
                report.worlds.iter().map(|world| WorldReport { state, ..*world }).collect();
            let report = Report { worlds: &worlds, ..*report };
            desk.report_changed();
            desk.draw(&mut canvas, &report, &|_| Some(&world), &mut scratch, 1);
            let mut surface = canvas.surface();
            let rows = (0..600).flat_map(|y| surface.row(0, y, 200).to_vec());
            strips.push(rows.collect::<Vec<_>>());
        }
        let (running, paused) = (&strips[0][..20 * 200], &strips[1][..20 * 200]);
        assert_ne!(running, paused, "the strip says so");
        assert_eq!(running, &strips[2][..20 * 200]);
        assert!(strips[2][26 * 200..570 * 200].iter().all(|pixel| *pixel == 0), "no picture");
    });
}

#[test]
fn without_worlds_the_trusted_screen_stays() {
    with_report(&[], Size::new(640, 480), |report| {
        let mut desk = Desk::new(Size::new(800, 600), SETTINGS, 0);
        let mut told = vec![];
        for byte in
            [chord(&[0x02]), chord(&[0x0f]), chord(&[0xe0, 0x4d]), vec![0x01, 0x1c]].concat()
        {
            desk.keyboard(byte, report, &mut |output| told.push(output));
        }
        assert_eq!(told, []);
        assert_eq!(desk.focus().scene(), Scene::Trusted);
    });
}
