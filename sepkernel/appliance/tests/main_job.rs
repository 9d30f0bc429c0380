//! What `cargo run` does on a machine without a screen: the whole story, from policy to verdict.

use std::{path::Path, process::Command};

use cloister::workspace;
use serde_json::Value;

fn json(path: &Path) -> Value {
    let text = std::fs::read(path).expect("the run leaves it");
    serde_json::from_slice(&text).expect("JSON")
}

#[test]
fn two_worlds_are_shown_a_file_goes_up_and_none_down_and_the_auditor_accepts_the_machine() {
    let output = Command::new(env!("CARGO_BIN_EXE_cloister"))
        .args(["run", "--headless", "--timeout", "600"])
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}\n{complained}");

    let left = workspace::output();
    let report = json(&left.join("report.json"));
    let reached = report["milestones"].as_array().expect("milestones");
    let names: Vec<_> = reached.iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["locked", "worlds-up", "attested"]);

    let task = |world: &str, begins: &str| {
        let prefix = format!("component: {world}: task: {begins}");
        let mut lines = said.lines().filter_map(|line| line.split_once(&prefix));
        lines.next().map(|(_, rest)| rest.to_owned()).expect("the world says so")
    };
    assert_eq!(task("internet", "drops news.txt: "), task("office", "received news.txt: "));
    assert_eq!(task("office", "sends plan.txt down: "), "there is no such channel");
    let before_and_after = task("office", "writes 0xbad into the channel: ");
    let (before, after) = before_and_after.split_once(" stays ").expect("both");
    assert_eq!(before, after);

    let result = json(&left.join("result.json")).to_string();
    assert!(said.contains("runs what it should, with what you let pass"), "{said}\n{result}");
    for file in ["screen.png", "trusted.png", "evidence.cose", "reference.corim"] {
        assert!(left.join(file).is_file(), "{file}");
    }
}
