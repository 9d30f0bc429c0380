//! Benchmarks: each runs the same work on a plain machine and in a world, both emulated and with time
//! counted in instructions, and gives rows that compare the two.

mod appraise;
mod boot;
mod cost;
mod draw;
mod machine;
mod network;
mod parts;
mod phases;
mod report;
mod work;

use anyhow::Result;

pub use machine::Bench;
pub use report::{Report, Row};

/// Something that is measured.
#[derive(Clone, Copy, Debug)]
pub struct Benchmark {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it measures, in a line.
    pub what: &'static str,
    /// Measures it. What the appliance cannot do yet is a row that says so; an error is one of the
    /// tool, the host or the user.
    pub run: fn(&Bench) -> Result<Vec<Row>>,
}

/// All benchmarks, in the order in which they run.
pub static ALL: &[Benchmark] = &[
    Benchmark {
        name: "cost",
        what: "exits, interrupts and plain work of the probe, in instructions",
        run: cost::run,
    },
    Benchmark {
        name: "boot",
        what: "a Debian world up to its shell, in instructions and in seconds",
        run: boot::run,
    },
    Benchmark {
        name: "phases",
        what: "the appliance's own start up to lock, by phase, in instructions",
        run: phases::run,
    },
    Benchmark {
        name: "work",
        what: "processes of a Debian world, in instructions; exits a second, by reason",
        run: work::run,
    },
    Benchmark {
        name: "network",
        what: "TCP and UDP between two Debian worlds, against loopback in one of them",
        run: network::run,
    },
    Benchmark {
        name: "draw",
        what: "the trusted GUI's drawing, in instructions a pixel",
        run: draw::run,
    },
    Benchmark {
        name: "appraise",
        what: "an auditor's work on one piece of evidence, against its bare signature checks",
        run: appraise::run,
    },
];

/// The benchmarks of these names, or all of them where none is named.
///
/// # Errors
/// If there is none of a name; the message lists those that there are.
pub fn named(names: &[String]) -> Result<Vec<&'static Benchmark>> {
    let known = |name: &String| ALL.iter().any(|benchmark| benchmark.name == name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let all: Vec<_> = ALL.iter().map(|benchmark| benchmark.name).collect();
        anyhow::bail!("there is no benchmark {unknown}; there are: {}", all.join(", "));
    }
    let wanted =
        |benchmark: &&Benchmark| names.is_empty() || names.iter().any(|it| it == benchmark.name);
    Ok(ALL.iter().filter(wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_choose_benchmarks_and_none_chooses_all() {
        assert_eq!(named(&[]).unwrap().len(), ALL.len());
        assert_eq!(named(&["boot".to_owned()]).unwrap()[0].name, "boot");
        let error = named(&["tea".to_owned()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no benchmark tea; there are: cost, boot, phases, work, network, draw, appraise"
        );
    }
}
