//! Pauses, resumes, stops, starts and restarts another component, each as its policy lets it, and
//! tries what the policy does not.

#![no_std]
#![no_main]

use cloister_runtime::abi::{Command, FRAME_EVENT, InfoPage};
use cloister_runtime::{component, control, log, wait};

/// Frames between two commands, in which the other has frames of its own.
const INTERVAL: u64 = 10;

component!(main);

fn main(info: &'static InfoPage) -> ! {
    for command in
        [Command::Pause, Command::Resume, Command::Stop, Command::Start, Command::Restart]
    {
        rest();
        ask(info, "worker", command);
    }
    rest();
    ask(info, "bystander", Command::Stop);
    ask(info, "bystander", Command::Resume);
    log!("beyond the table: {}", answer(control(info.right_count as u32, Command::Stop)));
    log!("no command is left");
    loop {
        wait(FRAME_EVENT);
    }
}

fn ask(info: &InfoPage, name: &str, command: Command) {
    let Some((number, right)) = info.right(name) else {
        log!("no right on {name}");
        return;
    };
    let told = if right.allows(command) { "may" } else { "may not" };
    log!("{told} {command:?} {name}: {}", answer(control(number, command)));
}

fn answer(done: bool) -> &'static str {
    if done { "done" } else { "refused" }
}

fn rest() {
    for _ in 0..INTERVAL {
        wait(FRAME_EVENT);
    }
}
