//! What differs between two policies, as text: first what gets wider.

use std::io::{self, Write};

use super::Answer;
use crate::questions::{Direction, Reviewed, changes, reach_changes, statements};

/// Writes what changes from one policy to another. Not fine is what widens anything.
pub fn write(old: &Reviewed, new: &Reviewed, out: &mut dyn Write) -> io::Result<Answer> {
    let reach = reach_changes(old, new);
    let stated = changes(&statements(&old.tree), &statements(&new.tree));
    if reach.is_empty() && stated.is_empty() {
        writeln!(out, "Nothing changes in flows or rights.")?;
        return Ok(Answer::Fine);
    }
    let flows = |direction| {
        let lines = reach.iter().filter(move |change| change.direction == direction);
        lines.map(|change| change.text.clone()).collect::<Vec<_>>()
    };
    let statements = |direction| {
        let lines = stated.iter().filter(move |change| change.direction == direction);
        lines
            .map(|change| match change.span {
                None => change.text.clone(),
                Some(span) => {
                    let line = new.source.position(span.start).line;
                    format!("{} (line {line})", change.text)
                }
            })
            .collect::<Vec<_>>()
    };
    let mut any = false;
    for (heading, lines) in [
        ("Data can now get from", flows(Direction::Wider)),
        ("Wider:", statements(Direction::Wider)),
        ("Data can no longer get from", flows(Direction::Narrower)),
        ("Narrower:", statements(Direction::Narrower)),
        ("Neither wider nor narrower:", statements(Direction::Neither)),
    ] {
        if lines.is_empty() {
            continue;
        }
        if any {
            writeln!(out)?;
        }
        any = true;
        writeln!(out, "{heading}")?;
        for line in lines {
            writeln!(out, "  {line}")?;
        }
    }
    let wider = reach.iter().any(|change| change.direction == Direction::Wider)
        || stated.iter().any(|change| change.direction == Direction::Wider);
    Ok(if wider { Answer::NotFine } else { Answer::Fine })
}
