//! `cloister bench`: measures, and compares with a plain machine.

use std::{path::PathBuf, time::Duration};

use anyhow::Result;

use crate::{
    bench::{self, ALL, Bench as Machines, Report},
    doctor::{self, requirement::Purpose},
    machine::interrupt::Attention,
    progress::Step,
    workspace,
};

/// Measures what worlds cost, next to a plain machine
///
/// Both run in QEMU with time counted in instructions, one after the other, so that numbers hardly differ
/// from one run and one host to the next. Seconds are the host's, and do.
#[derive(Clone, Debug, clap::Args)]
pub struct Bench {
    /// Which benchmarks to run [default: all]
    names: Vec<String>,
    /// List the benchmarks, and run none
    #[arg(long)]
    list: bool,
    /// Write the numbers to this file, as JSON
    #[arg(long, value_name = "FILE.json")]
    json: Option<PathBuf>,
    /// How long one machine may take
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
}

impl Bench {
    /// Measures, and prints a table.
    ///
    /// # Errors
    /// If something is missing on this machine, a benchmark has no such name, or the appliance cannot
    /// be built. What could not be measured stands in the table.
    pub fn run(self) -> Result<()> {
        let wanted = bench::named(&self.names)?;
        if self.list {
            ALL.iter().for_each(|it| println!("{:8}  {}", it.name, it.what));
            return Ok(());
        }
        doctor::ensure(&[Purpose::Build, Purpose::Run])?;
        let _attention = Attention::new();
        let machines = Machines::new(Duration::from_secs(self.timeout));
        let mut rows = Vec::new();
        for (position, benchmark) in (1..).zip(&wanted) {
            let of = format!("{} ({position} of {})", benchmark.name, wanted.len());
            let step = Step::spinner(&of);
            step.at(benchmark.what);
            drop(step);
            rows.extend((benchmark.run)(&machines)?);
        }
        let report = Report::new(rows);
        print!("{report}");
        if let Some(path) = &self.json {
            report.write(path)?;
            println!("Report   {}", workspace::shown(path));
        }
        Ok(())
    }
}
