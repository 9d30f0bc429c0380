//! Noninterference of the composed decisions, by exploring every reachable state of small systems.
//!
//! The system under test is the model itself: the real schedule, dispatcher, mailboxes and life
//! cycles of several processors, driven by every action of every subject in every state. What is
//! checked are the three conditions of the unwinding theorem for intransitive policies (J. Rushby,
//! "Noninterference, Transitivity, and Channel-Control Security Policies", SRI CSL-92-02, 1992):
//!
//! - *output consistency*: what an action answers depends only on what its domain can see;
//! - *weak step consistency*: what a domain sees after an action depends only on what it and the
//!   acting domain saw before;
//! - *local respect*: an action changes nothing for a domain with which it may not interfere.
//!
//! Together they imply that no sequence of actions tells a domain anything that the policy forbids.
//! Time is a domain of its own that may interfere with all and with which nobody may.
//!
//! A checker is worth what it finds: `mutation.rs` breaks the system on purpose, in each way that
//! was thought of, and every one must be found.

mod composition;
mod explore;
mod mutation;
mod random;
mod scenario;
mod view;
mod well_formed;

use explore::explore;
use scenario::Scenario;

#[test]
fn no_reachable_state_of_any_small_system_lets_anything_through() {
    let mut total = 0;
    for scenario in Scenario::all() {
        let states = explore(&scenario, None).unwrap_or_else(|finding| panic!("{finding}"));
        println!("{:<40} {states:>8} states", scenario.name);
        assert!(states > 50, "{} does nothing", scenario.name);
        total += states;
    }
    println!("{:<40} {total:>8} states", "all");
}
