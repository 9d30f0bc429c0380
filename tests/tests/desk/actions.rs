//! What the trusted screen does with worlds and with the machine, by keyboard alone, on the smallest screen.

use cloister::{
    machine::{Options, options::ScreenSize},
    outcome::Outcome,
};
use cloister_screen::{
    color::Color, font::Face, geometry::Size, layout::Layout, theme, trusted::State,
};
use cloister_tests::{
    appliance,
    desk::press,
    running::Running,
    sight::{Picture, keep, see, words},
};

use super::setting::{self, drawn, has_strips_of};

const SCREEN: Size = Size::new(800, 600);

/// What office does at each start: it says whether it left a mark before, and leaves one.
const MARK: &str = "test -e /mark; echo mark-$?; touch /mark; test -e /mark; echo mark-$?";

/// The face of the trusted screen's text.
fn face() -> Face {
    Layout::new(SCREEN, false).body
}

/// Whether the selected world is this one, in this state.
fn selected_is(picture: &Picture, name: &str, state: State, ink: Color) -> bool {
    let name = words(name, face().bold(), theme::TEXT, theme::SELECTED);
    let word = words(state.word(), face(), ink, theme::SELECTED);
    picture
        .find(&name)
        .is_some_and(|(_, y)| picture.find_in(y..y + face().height() as usize, &word).is_some())
}

/// Waits until the screen shows office in this state.
fn see_office(running: &mut Running, state: State, ink: Color) {
    let what = format!("office {}", state.word());
    see(running, &what, |picture| selected_is(picture, "office", state, ink));
}

/// Waits for the kernel's record.
fn record(running: &mut Running, what: &str) {
    let record = format!("{what} office");
    running.line(what, |line| line.starts_with("audit: ") && line.contains(&record));
}

/// Answers the question that the screen shows.
fn answer(running: &mut Running, question: &str, key: &str) {
    let pattern = words(question, face().bold(), theme::TEXT, theme::PANEL);
    see(running, question, |picture| picture.find(&pattern).is_some());
    press(running.machine(), &[key]);
    see(running, "no question", |picture| picture.find(&pattern).is_none());
}

/// Waits until office starts, without what it left when it ran before.
fn starts_fresh(running: &mut Running) {
    for mark in ["mark-1", "mark-0"] {
        let is_office = |line: &str| line.starts_with("component: office: ");
        let is_mark = |line: &str| line.ends_with("mark-0") || line.ends_with("mark-1");
        let line = running.line("mark", |line| is_office(line) && is_mark(line));
        assert!(line.ends_with(mark), "{line}");
    }
}

#[test]
fn worlds_and_machine_obey_the_keyboard_on_the_trusted_screen() {
    let small = ScreenSize { width: 800, height: 600 };
    let options = Options { tpm: false, memory: 1024, screen: small, ..Options::default() };
    let policy = setting::policy().replace("1280x800", "800x600").replace("1280x720", "800x552");
    let office = "cloister.world=office";
    let policy = policy.replace(office, &format!("{office} cloister.start=\\\"{MARK}\\\""));
    let media = appliance::media_of("desk-actions", &policy, options.firmware);
    let mut running = Running::start_with(&options, &media);
    starts_fresh(&mut running);
    let strips = drawn(SCREEN, &[]);
    see(&mut running, "the trusted screen", |picture| has_strips_of(picture, &strips));
    press(running.machine(), &["down"]);
    see_office(&mut running, State::Running, theme::GOOD);

    press(running.machine(), &["p"]);
    see_office(&mut running, State::Paused, theme::WAITING);
    record(&mut running, "paused");
    press(running.machine(), &["p"]);
    see_office(&mut running, State::Running, theme::GOOD);
    record(&mut running, "resumed");

    // Return takes the answer that loses nothing.
    press(running.machine(), &["x"]);
    answer(&mut running, "Stop the world office?", "ret");
    see_office(&mut running, State::Running, theme::GOOD);
    press(running.machine(), &["x"]);
    answer(&mut running, "Stop the world office?", "y");
    see_office(&mut running, State::Stopped, theme::QUIET);
    record(&mut running, "stopped");
    keep(&mut running, "stopped");
    press(running.machine(), &["s"]);
    see_office(&mut running, State::Running, theme::GOOD);
    starts_fresh(&mut running);

    // What the world made of itself is gone after a restart.
    press(running.machine(), &["r"]);
    answer(&mut running, "Restart the world office?", "y");
    starts_fresh(&mut running);
    see_office(&mut running, State::Running, theme::GOOD);

    // The machine starts anew, and all comes up again.
    press(running.machine(), &["b"]);
    let question = words("Start the appliance anew?", face().bold(), theme::TEXT, theme::PANEL);
    see(&mut running, "the question", |picture| picture.find(&question).is_some());
    press(running.machine(), &["y"]);
    assert_eq!(running.outcome(None), Outcome::Reset);
    starts_fresh(&mut running);
    see(&mut running, "the trusted screen", |picture| has_strips_of(picture, &strips));
    press(running.machine(), &["o"]);
    press(running.machine(), &["y"]);
    assert_eq!(running.outcome(None), Outcome::Closed);
}
