//! Debian images at work: what each part of their work cost, and how often a world was left meanwhile.

use std::collections::BTreeMap;

use anyhow::Result;

use super::machine::{Measured, Waited};

/// The last part of all work, which is the measuring itself.
const END: &str = "end";

/// What a machine says.
#[derive(Default, Debug)]
pub(super) struct Heard {
    /// Instructions that the machine had executed when a part ended, in order.
    pub(super) ended: Vec<(String, f64)>,
    /// What the monitor told of exits in each part, by kind; ticks among them.
    pub(super) exits: BTreeMap<String, BTreeMap<String, f64>>,
    /// What the part itself said, on lines that begin with `said: `.
    pub(super) said: BTreeMap<String, String>,
    /// Why it did not come to the end, if it did not.
    pub(super) missing: Option<String>,
}

/// Listens until the last part has ended. A part ends with the line `bench: PART`.
pub(super) fn listen(mut machine: Measured) -> Result<Heard> {
    let mut heard = Heard::default();
    let (mut told, mut said) = (BTreeMap::new(), String::new());
    while heard.ended.last().is_none_or(|(part, _)| part != END) {
        let part = machine.until(|line| {
            if let Some(exits) = exits(line) {
                told = exits;
            } else if let Some(text) = line.strip_prefix("said: ") {
                said = text.to_owned();
            }
            line.strip_prefix("bench: ").map(str::to_owned)
        })?;
        match part {
            Waited::Missing(why) => {
                heard.missing = Some(why);
                break;
            }
            Waited::Found(part) => {
                // The machine has gone on by the time that it is asked: some 0.1 million.
                let instructions = machine.instructions()? as f64;
                heard.exits.insert(part.clone(), std::mem::take(&mut told));
                heard.said.insert(part.clone(), std::mem::take(&mut said));
                heard.ended.push((part, instructions));
            }
        }
    }
    Ok(heard)
}

/// What a monitor's line tells of exits: `exits: KIND NUMBER, KIND NUMBER`.
fn exits(line: &str) -> Option<BTreeMap<String, f64>> {
    let rest = line.strip_prefix("exits: ")?;
    let pair = |pair: &str| {
        let (kind, number) = pair.split_once(' ')?;
        Some((kind.to_owned(), number.parse().ok()?))
    };
    rest.split(", ").map(pair).collect()
}

impl Heard {
    /// Instructions of a part.
    ///
    /// # Errors
    /// Why there is no number.
    pub(super) fn cost(&self, part: &str) -> Result<f64, String> {
        let place = self.ended.iter().position(|(name, _)| name == part).filter(|place| *place > 0);
        match place.and_then(|place| self.ended.get(place - 1..=place)) {
            Some([(_, before), (_, after)]) => Ok(after - before),
            _ => Err(self.missing.clone().unwrap_or_else(|| "not measured there".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_exits_is_told_from_others() {
        let told = exits("exits: ticks 2000000000, kernel 6, ports 0").unwrap();
        assert_eq!((told.len(), told["kernel"]), (3, 6.0));
        assert_eq!(exits("exits: kernel many"), None);
        assert_eq!(exits("bench: fork"), None);
    }
}
