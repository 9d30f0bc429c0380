//! The commands as a person runs them: what they print and how they end.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::common::{linux, path};

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cloister-policy"))
        .args(arguments)
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn fixture(name: &str) -> String {
    fs::read_to_string(path("tests/fixtures").join(name)).expect("a fixture")
}

#[test]
fn exit_status_tells_sound_from_unsound_from_unusable() {
    let sound = fixture("P220-debug-on.toml");
    let unsound = fixture("P070-channel-down.toml");
    assert_eq!(run(&["check", "--no-images", "-"], &sound).status.code(), Some(0));
    assert_eq!(run(&["check", "--no-images", "-"], &unsound).status.code(), Some(1));
    assert_eq!(run(&["check", "/nonexistent.toml"], "").status.code(), Some(2));
    assert_eq!(run(&["chekc"], "").status.code(), Some(2));
}

#[test]
fn warnings_can_be_errors_or_silent() {
    let warned = fixture("P220-debug-on.toml");
    for deny in ["P220", "debug-on", "warnings"] {
        let output = run(&["check", "--no-images", "--deny", deny, "-"], &warned);
        assert_eq!(output.status.code(), Some(1), "{deny}");
    }
    let silent = run(&["check", "--no-images", "--allow", "P220", "-"], &warned);
    assert_eq!(text(&silent.stdout), "<stdin>: no errors, no warnings\n");
}

#[test]
fn colours_are_only_where_they_are_asked_for() {
    let warned = fixture("P220-debug-on.toml");
    assert!(!text(&run(&["check", "--no-images", "-"], &warned).stdout).contains('\u{1b}'));
    let always = run(&["check", "--no-images", "--color", "always", "-"], &warned);
    assert!(text(&always.stdout).contains('\u{1b}'));
}

#[test]
fn json_and_sarif_name_check_and_place() {
    let unsound = fixture("P070-channel-down.toml");
    let json = run(&["check", "--no-images", "--format", "json", "-"], &unsound);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json["errors"], 1);
    assert_eq!(json["findings"][0]["id"], "P070");
    let line = json["findings"][0]["place"]["line"].as_u64().expect("a line") as usize;
    assert_eq!(unsound.lines().nth(line - 1), Some("[channel.news]"));
    let sarif = run(&["check", "--no-images", "--format", "sarif", "-"], &unsound);
    let sarif: serde_json::Value = serde_json::from_slice(&sarif.stdout).expect("SARIF");
    assert_eq!(sarif["version"], "2.1.0");
    let result = &sarif["runs"][0]["results"][0];
    let rule = result["ruleIndex"].as_u64().expect("an index") as usize;
    assert_eq!(result["ruleId"], "P070");
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][rule]["id"], "P070");
}

#[test]
fn compile_writes_policy_and_report_and_needs_the_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let name = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    fs::write(at("p.toml"), fixture("P220-debug-on.toml")).expect("written");
    let policy = name(&at("p.toml"));
    let missing = run(&["compile", &policy], "");
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("error[P180]"));
    assert_eq!(run(&["compile", "--no-images", &policy], "").status.code(), Some(2));
    fs::write(at("vmlinuz"), linux()).expect("written");
    let output = run(&["compile", &policy], "");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let bytes = fs::read(at("p.policy")).expect("the compiled policy");
    cloister_policy_format::PolicyView::decode(&bytes).expect("the appliance reads it");
    assert!(fs::read_to_string(at("p.txt")).expect("the report").starts_with("Policy \"fixture\""));
}

#[test]
fn init_writes_a_policy_once_that_checks_without_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.toml");
    let name = path.to_str().expect("UTF-8");
    assert_eq!(run(&["init", name], "").status.code(), Some(0));
    assert_eq!(run(&["check", "--no-images", name], "").status.code(), Some(0));
    assert_eq!(run(&["fmt", "--check", name], "").status.code(), Some(0));
    assert_eq!(run(&["init", name], "").status.code(), Some(2));
}

#[test]
fn lists_are_complete_and_machine_readable() {
    let checks = run(&["checks", "--json"], "");
    let checks: serde_json::Value = serde_json::from_slice(&checks.stdout).expect("JSON");
    assert!(checks.as_array().is_some_and(|list| list.len() >= 80));
    let schema = run(&["schema"], "");
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).expect("JSON");
    assert_eq!(schema["additionalProperties"], false);
    for shell in ["bash", "zsh", "fish"] {
        assert!(text(&run(&["completions", shell], "").stdout).contains("cloister-policy"));
    }
}
