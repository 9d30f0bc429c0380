//! The same Debian images up to their shell, on a plain machine and in a world.

use anyhow::Result;

use super::{
    machine::{Bench, Measured, Waited},
    report::{Goal, Row},
};

const NAME: &str = "boot";
/// What the images' init says when the shell is up.
const READY: &str = "world: ready";
const COMMAND_LINE: &str = "console=ttyS0 quiet";

/// What one boot took.
struct Took {
    instructions: f64,
    seconds: f64,
}

/// Measures on both machines.
pub(super) fn run(bench: &Bench) -> Result<Vec<Row>> {
    let (kernel, initrd) = (bench.image("debian/vmlinuz")?, bench.image("debian/initrd.img")?);
    let plain = boot(bench.plain(kernel, Some(initrd), COMMAND_LINE)?, false)?;
    let world = boot(bench.world("linux")?, true)?;
    Ok(rows(plain, world))
}

/// In a world what counts begins when the appliance is locked: from there on the world runs.
fn boot(mut machine: Measured, in_world: bool) -> Result<Result<Took, String>> {
    let mut before = Took { instructions: 0.0, seconds: 0.0 };
    if in_world {
        if !machine.until_locked()? {
            return Ok(Err("the appliance does not start".to_owned()));
        }
        before = took(&mut machine)?;
    }
    let ready = machine.until(|line| line.contains(READY).then_some(()))?;
    if let Waited::Missing(why) = ready {
        return Ok(Err(why));
    }
    let after = took(&mut machine)?;
    Ok(Ok(Took {
        instructions: after.instructions - before.instructions,
        seconds: after.seconds - before.seconds,
    }))
}

fn took(machine: &mut Measured) -> Result<Took> {
    // The machine has gone on by the time that it is asked: some 0.1 million of 1.5 billion.
    let instructions = machine.instructions()? as f64;
    Ok(Took { instructions, seconds: machine.seconds() })
}

fn rows(plain: Result<Took, String>, world: Result<Took, String>) -> Vec<Row> {
    let because = |place: &str, took: &Result<Took, String>| {
        took.as_ref().err().map(|why| format!("{place}: {why}"))
    };
    let missing = because("plain", &plain).or_else(|| because("world", &world));
    let row = |name: &str, unit, of: fn(&Took) -> f64, most| Row {
        benchmark: NAME,
        name: name.to_owned(),
        unit,
        plain: plain.as_ref().ok().map(of),
        world: world.as_ref().ok().map(of),
        kvm: None,
        goal: Some(Goal::Ratio(most)),
        missing: missing.clone(),
    };
    vec![
        row("Debian to its shell", "instructions", |took| took.instructions, 1.08),
        row("Debian to its shell", "seconds", |took| took.seconds, 1.5),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_that_did_not_end_is_no_number() {
        let plain = Ok(Took { instructions: 1.5e9, seconds: 20.0 });
        let rows = rows(plain, Err("no answer in 9 seconds".to_owned()));
        for row in rows {
            assert!(row.plain.is_some() && row.world.is_none());
            assert_eq!(row.missing.as_deref(), Some("world: no answer in 9 seconds"));
        }
    }
}
