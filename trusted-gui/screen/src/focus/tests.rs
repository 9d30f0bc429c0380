use cloister_policy_format::Key;
use proptest::prelude::*;

use super::*;

const ATTENTION: KeyChord = KeyChord { modifiers: COMMAND, key: Key::Break };
const A: KeyCode = KeyCode(30);

/// A focus, and all that worlds were told.
struct Desk {
    focus: Focus,
    told: Vec<(World, InputRecord)>,
}

impl Desk {
    fn new() -> Self {
        Self { focus: Focus::new(ATTENTION, 3), told: vec![] }
    }

    fn focused_on(world: World) -> Self {
        let mut desk = Self::new();
        desk.focus.show(world, Scene::Full, &mut |_, _| ());
        desk
    }

    fn down(&mut self, key: KeyCode) -> Decision {
        let told = &mut self.told;
        self.focus.stroke(Stroke::Down(key), &mut |world, input| told.push((world, input)))
    }

    fn up(&mut self, key: KeyCode) {
        let told = &mut self.told;
        self.focus.stroke(Stroke::Up(key), &mut |world, input| told.push((world, input)));
    }

    fn command(&mut self, key: KeyCode) -> Decision {
        self.down(keys::LEFT_CONTROL);
        self.down(keys::LEFT_ALT);
        let decision = self.down(key);
        [key, keys::LEFT_ALT, keys::LEFT_CONTROL].into_iter().for_each(|key| self.up(key));
        decision
    }

    fn keys_told(&self, world: World) -> Vec<(u16, bool)> {
        let keys = self.told.iter().filter_map(|(to, input)| match input {
            &InputRecord::Key { code, pressed } if *to == world => Some((code, pressed)),
            _ => None,
        });
        keys.collect()
    }
}

#[test]
fn at_the_start_no_world_gets_anything() {
    let mut desk = Desk::new();
    assert_eq!(desk.down(A), Decision::Trusted);
    desk.up(A);
    assert!(desk.told.is_empty());
}

#[test]
fn keys_go_to_the_focused_world_without_repetitions() {
    let mut desk = Desk::focused_on(1);
    desk.down(A);
    desk.down(A);
    desk.up(A);
    assert_eq!(desk.keys_told(1), [(30, true), (30, false)]);
    assert_eq!(desk.told.len(), 2);
}

#[test]
fn keys_held_at_a_switch_are_released_in_the_old_world_and_unknown_to_the_new() {
    let mut desk = Desk::focused_on(0);
    desk.down(A);
    assert_eq!(desk.command(KeyCode(keys::DIGIT_1.0 + 1)), Decision::Moved);
    assert_eq!(desk.focus.focused(), Some(1));
    // Repeated and released after the switch: the new world hears of neither.
    desk.down(A);
    desk.up(A);
    assert_eq!(desk.keys_told(1), []);
    let releases = desk.keys_told(0).iter().filter(|(_, pressed)| !pressed).count();
    assert_eq!(releases, 3, "A, control and alternate");
}

#[test]
fn the_attention_key_works_from_every_scene_and_while_the_focus_is_held() {
    for (scene, hold) in [(Scene::Full, false), (Scene::Tiled, false), (Scene::Full, true)] {
        let mut desk = Desk::focused_on(0);
        desk.focus.show(2, scene, &mut |_, _| ());
        if hold {
            desk.command(keys::H);
            assert!(desk.focus.held());
        }
        assert_eq!(desk.command(keys::PAUSE), Decision::Moved);
        assert_eq!((desk.focus.scene(), desk.focus.held()), (Scene::Trusted, false));
        assert!(desk.keys_told(2).iter().all(|(key, _)| *key != keys::PAUSE.0));
        assert!(desk.focus.back(&mut |_, _| ()));
        assert_eq!((desk.focus.scene(), desk.focus.focused()), (scene, Some(2)));
    }
}

#[test]
fn an_attention_key_that_was_down_before_its_modifiers_does_not_slip_through() {
    let mut desk = Desk::focused_on(0);
    desk.down(keys::PAUSE);
    desk.down(keys::LEFT_CONTROL);
    desk.down(keys::RIGHT_ALT);
    assert_eq!(desk.down(keys::PAUSE), Decision::Moved, "the repetition");
    let told = desk.keys_told(0);
    assert_eq!(told.iter().filter(|told| **told == (keys::PAUSE.0, true)).count(), 1, "the first");
}

#[test]
fn a_held_focus_stays_whatever_is_pressed_or_clicked() {
    let mut desk = Desk::focused_on(1);
    desk.command(keys::H);
    for key in [keys::DIGIT_1, keys::LEFT, keys::RIGHT, KeyCode(keys::DIGIT_1.0 + 2)] {
        desk.command(key);
        assert_eq!(desk.focus.focused(), Some(1));
    }
    assert!(!desk.focus.show(0, Scene::Tiled, &mut |_, _| ()), "a click on another tile");
    desk.command(keys::TAB);
    assert_eq!((desk.focus.scene(), desk.focus.focused()), (Scene::Tiled, Some(1)));
    desk.command(keys::H);
    desk.command(keys::LEFT);
    assert_eq!((desk.focus.scene(), desk.focus.focused()), (Scene::Tiled, Some(0)));
}

#[test]
fn arrows_go_around_and_numbers_beyond_the_worlds_do_nothing() {
    let mut desk = Desk::focused_on(0);
    desk.command(keys::LEFT);
    assert_eq!(desk.focus.focused(), Some(2));
    desk.command(keys::RIGHT);
    assert_eq!(desk.focus.focused(), Some(0));
    assert_eq!(desk.command(keys::DIGIT_0), Decision::Done);
    assert_eq!(desk.focus.focused(), Some(0));
    assert!(desk.keys_told(0).iter().all(|(key, _)| *key != keys::DIGIT_0.0));
}

#[test]
fn when_the_keyboard_lost_something_nothing_stays_down() {
    let mut desk = Desk::focused_on(0);
    desk.down(A);
    let told = &mut desk.told;
    desk.focus.stroke(Stroke::Lost, &mut |world, input| told.push((world, input)));
    assert_eq!(desk.keys_told(0), [(30, true), (30, false)]);
}

#[test]
fn a_button_pressed_over_the_trusted_part_is_never_told() {
    let mut desk = Desk::focused_on(0);
    desk.focus.button_kept(keys::BUTTON_LEFT);
    desk.focus.button(keys::BUTTON_LEFT, false, &mut |_, _| panic!("told of the release"));
}

/// What may happen at the desk, with the keys that matter drawn often.
fn strokes() -> impl Strategy<Value = Vec<(u16, u8)>> {
    let key = prop_oneof![
        4 => prop::sample::select(vec![29_u16, 56, 97, 100, 42, 119, 15, 35, 105, 106, 2, 3, 4, 11]),
        1 => 0..400_u16,
    ];
    prop::collection::vec((key, 0..8_u8), 0..200)
}

proptest! {
    #[test]
    fn whatever_happens_the_rules_of_the_focus_hold(strokes in strokes()) {
        let mut desk = Desk::focused_on(0);
        // Which keys each world believes to be down.
        let mut believed = [KeySet::EMPTY; 3];
        let mut down = KeySet::EMPTY;
        for (code, what) in strokes {
            let key = KeyCode(code);
            let before = desk.focus.focused();
            desk.told.clear();
            let told = &mut desk.told;
            let deliver: Deliver<'_> = &mut |world, input| told.push((world, input));
            match what {
                0..=3 => {
                    down.insert(key);
                    desk.focus.stroke(Stroke::Down(key), deliver);
                }
                4..=5 => {
                    down.remove(key);
                    desk.focus.stroke(Stroke::Up(key), deliver);
                }
                6 => {
                    down.insert(keys::BUTTON_LEFT);
                    desk.focus.button(keys::BUTTON_LEFT, true, deliver);
                }
                _ => {
                    down = KeySet::EMPTY;
                    desk.focus.stroke(Stroke::Lost, deliver);
                }
            }
            let attention = chord::completes(ATTENTION, key, chord::modifiers(&down)) && what <= 3;
            for (world, input) in &desk.told {
                let InputRecord::Key { code, pressed } = *input else { continue };
                // Only the world that was focused before the stroke hears of it.
                prop_assert_eq!(Some(*world), before);
                let believed = &mut believed[usize::from(*world)];
                let code = KeyCode(code);
                let news = if pressed { believed.insert(code) } else { believed.remove(code) };
                prop_assert!(news, "told twice");
                prop_assert!(!attention || !pressed, "saw the attention key");
            }
            if attention {
                prop_assert_eq!(desk.focus.scene(), Scene::Trusted);
            }
            for (world, believed) in believed.iter().enumerate() {
                let focused = desk.focus.focused() == Some(world as World);
                prop_assert!(focused || believed.is_empty(), "a key hangs in world {}", world);
                prop_assert!(believed.iter().all(|key| down.contains(key)));
            }
            // Without a chord of the user's the focus stays.
            if desk.focus.focused() != before {
                prop_assert!(what <= 3 && chord::modifiers(&down).contains(COMMAND));
            }
        }
    }
}
