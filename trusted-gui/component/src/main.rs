//! The trusted GUI: the one component that draws on the screen and reads keyboard and mouse.
//!
//! A thin shell around [`cloister_screen::desk::Desk`], which decides and draws everything: this program
//! gives it the bytes of keyboard and mouse, carries out what it says, and lends it memory. Of worlds it
//! sees pixels only, and interprets none.

#![no_std]
#![no_main]

mod audit;
mod controller;
mod flows;
mod given;
mod machine;
mod pace;
mod port;
mod records;
mod session;
mod time;
mod window;
mod worlds;

use cloister_policy_format::SubjectIndex;
use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::{component, log, stop, wait};
use cloister_screen::canvas::Canvas;
use cloister_screen::view::Scratch;

use crate::session::Session;

component!(main);

/// The status with which this component ends when it was not given what it needs.
const FAILED: u64 = 1;

fn main(info: &'static InfoPage) -> ! {
    let Some(page) = given::page() else { fail("there is no desk page") };
    let Some(policy) = given::policy(page) else { fail("the policy cannot be read") };
    let Some(display) = policy.display() else { fail("the policy has no display") };
    let Some(size) = given::size(&page.screen) else { idle("no screen") };
    let own = SubjectIndex(info.subject as u32);
    let Some(worlds) = worlds::Worlds::new(&policy, info, own) else {
        fail("a level has no marking")
    };
    let (width, height) = (page.screen.width, page.screen.height);
    let Some(mut canvas) = Canvas::new(given::pixels(info), width, height) else {
        fail("too little memory for a screen of this size")
    };
    let mut screen = given::screen(&page.screen, size);
    let mut scratch = Scratch::new();
    let mut session = Session::new(info, page, policy, &display, size, worlds);
    log!("screen {width} x {height}");
    loop {
        session.step(&mut canvas, &mut scratch, &mut screen);
        wait(FRAME_EVENT);
    }
}

/// Ends with a message.
fn fail(reason: &str) -> ! {
    log!("{reason}");
    stop(FAILED)
}

/// A machine without a screen has nothing to do here.
fn idle(reason: &str) -> ! {
    log!("{reason}");
    loop {
        wait(FRAME_EVENT);
    }
}
