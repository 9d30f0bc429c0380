use cloister_abi::Command;
use proptest::prelude::*;

use super::*;
use crate::{
    damage::Damage,
    geometry::Size,
    label::Label,
    surface::Surface,
    trusted::report::{State, WorldReport},
};

const NAMES: [&str; 5] = ["internet", "mail", "desk", "alpha", "vault"];

fn with_report<R>(test: impl FnOnce(&Report<'_>) -> R) -> R {
    let label = Label::trusted();
    let states = [State::Running, State::Running, State::Paused, State::Stopped, State::Failed];
    let worlds: Vec<_> = NAMES
        .into_iter()
        .zip(states)
        .map(|(name, state)| WorldReport {
            name,
            label: &label,
            state,
            cpu: 50,
            memory: 512,
            display: None,
        })
        .collect();
    test(&Report {
        system: "desk",
        version: 1,
        unsafe_dma: false,
        uptime: 60,
        measurement: [7; 32],
        worlds: &worlds,
        flows: &[],
        records: &[],
    })
}

fn type_all(screen: &mut TrustedScreen, keys: &[Typed], report: &Report<'_>) -> Response {
    keys.iter().map(|key| screen.typed(*key, report)).last().unwrap_or(Response::None)
}

const fn character(character: char) -> Typed {
    Typed::Character(character)
}

#[test]
fn the_keyboard_alone_reaches_every_command_of_every_world() {
    with_report(|report| {
        let cases = [
            (0, 'p', Command::Pause, false),
            (0, 'x', Command::Stop, true),
            (1, 'R', Command::Restart, true),
            (2, 'p', Command::Resume, false),
            (3, 's', Command::Start, false),
            (4, 's', Command::Start, false),
        ];
        for (world, key, command, asks) in cases {
            let mut screen = TrustedScreen::new(0);
            for _ in 0..world {
                screen.typed(Typed::Down, report);
            }
            let mut response = screen.typed(character(key), report);
            if asks {
                assert_eq!(response, Response::Changed);
                response = screen.typed(character('y'), report);
            }
            assert_eq!(response, Response::Act(Action::Control { world, command }));
        }
    });
}

#[test]
fn what_makes_no_sense_for_a_world_does_nothing() {
    with_report(|report| {
        for (world, key) in [(0, 's'), (3, 'p'), (3, 'x'), (4, 'r')] {
            assert_eq!(TrustedScreen::new(world).typed(character(key), report), Response::None);
        }
    });
}

#[test]
fn power_off_and_reboot_are_asked_about_and_can_be_refused() {
    with_report(|report| {
        for (key, action) in [('o', Action::PowerOff), ('b', Action::Reboot)] {
            let mut screen = TrustedScreen::new(0);
            assert_eq!(screen.typed(character(key), report), Response::Changed);
            assert_eq!(screen.typed(Typed::Enter, report), Response::Changed, "Enter refuses");
            screen.typed(character(key), report);
            assert_eq!(screen.typed(Typed::Escape, report), Response::Changed);
            screen.typed(character(key), report);
            assert_eq!(
                type_all(&mut screen, &[Typed::Tab, Typed::Enter], report),
                Response::Act(action)
            );
        }
    });
}

#[test]
fn finding_a_world_selects_it_and_letters_are_no_commands_meanwhile() {
    with_report(|report| {
        let mut screen = TrustedScreen::new(0);
        let keys = [character('f'), character('p'), character('h'), Typed::Enter];
        assert_eq!(type_all(&mut screen, &keys, report), Response::Changed);
        assert_eq!(NAMES[usize::from(screen.selected)], "alpha");
        assert_eq!(screen.typed(Typed::Enter, report), Response::Act(Action::Show(3)));
        assert_eq!(screen.typed(Typed::Escape, report), Response::Changed, "shows all again");
        assert_eq!(screen.typed(Typed::Escape, report), Response::Act(Action::Leave));
    });
}

#[test]
fn a_world_that_is_not_listed_is_not_acted_upon() {
    with_report(|report| {
        let mut screen = TrustedScreen::new(0);
        let keys = [character('f'), character('?'), Typed::Enter, character('x')];
        assert_eq!(type_all(&mut screen, &keys, report), Response::None);
        assert_eq!(screen.dialog, None);
    });
}

#[test]
fn a_click_does_what_the_key_does() {
    with_report(|report| {
        for (width, height) in [(800, 600), (1920, 1080)] {
            let layout = Layout::new(Size::new(width, height), false);
            let screen = TrustedScreen::new(0);
            let buttons = screen.buttons(report);
            let places = Arrangement::new(&layout, screen.active, &buttons);
            for (button, place) in button::places(&layout, places.buttons, &buttons) {
                let (mut by_key, mut by_click) = (screen.clone(), screen.clone());
                let key = button.typed.map_or(Typed::Enter, Typed::Character);
                let clicked = by_click.clicked(&layout, Point::new(place.x, place.y), report);
                assert_eq!(clicked, by_key.typed(key, report), "{button:?}");
                assert_eq!(by_click.dialog, by_key.dialog);
            }
        }
    });
}

fn any_key() -> impl Strategy<Value = Typed> {
    prop_oneof![
        prop::sample::select("sxprtflboyn1359?\u{e4}".chars().collect::<Vec<_>>())
            .prop_map(Typed::Character),
        prop::sample::select(vec![
            Typed::Enter,
            Typed::Escape,
            Typed::Tab,
            Typed::Backspace,
            Typed::Up,
            Typed::Down,
            Typed::Left,
            Typed::PageUp,
            Typed::End,
        ]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn whatever_is_typed_or_clicked_the_screen_can_be_drawn_and_worlds_exist(
        events in prop::collection::vec((any_key(), 0..900_i32, 0..700_i32, any::<bool>()), 0..40),
        width in 400..2000_i32,
        height in 300..1500_i32,
        large in any::<bool>(),
    ) {
        with_report(|report| {
            let size = Size::new(width, height);
            let layout = Layout::new(size, large);
            let mut screen = TrustedScreen::new(0);
            for (key, x, y, click) in events {
                let response = if click {
                    screen.clicked(&layout, Point::new(x, y), report)
                } else {
                    screen.typed(key, report)
                };
                if let Response::Act(Action::Control { world, .. } | Action::Show(world)) = response {
                    prop_assert!(usize::from(world) < report.worlds.len());
                }
            }
            let mut memory = vec![0xab; (width * height) as usize];
            let damage = Damage::none();
            screen.draw(&mut Surface::new(&mut memory, size, &damage).clipped(layout.area), &layout, report);
            for (index, pixel) in memory.iter().enumerate() {
                let inside = layout.area.contains(Point::new(index as i32 % width, index as i32 / width));
                prop_assert!(inside || *pixel == 0xab);
            }
            Ok(())
        })?;
    }
}
